import type { en } from './texts.en';

export const ko: typeof en = {
  emptyText: '사진이 추가되면 여기에 저절로 나타납니다.',
  expiredText: '정해진 기간이 지났습니다. 링크를 준 분에게 새 링크를 요청해 주세요.',
  expiredTitle: '만료된 링크입니다',
  open: '앨범 열기',
  password: '비밀번호',
  passwordText: '비밀번호로 보호된 앨범입니다. 비밀번호는 링크를 준 분에게 문의해 주세요.',
  passwordTitle: '공유 앨범',
  sharedBy: (name: string) => `${name} 님이 공유함`,
  unknownText:
    '링크가 취소되었거나 주소의 일부가 빠졌을 수 있습니다. 링크를 준 분에게 새 링크를 요청해 주세요.',
  unknownTitle: '이 링크로 볼 수 있는 앨범이 없습니다',
  until: (moment: string) => `${moment}까지`,
};
