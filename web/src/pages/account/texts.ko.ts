import type { en } from './texts.en';

const number = (count: number) => count.toLocaleString('ko');

export const ko: typeof en = {
  title: '계정',
  you: '내 정보',
  name: '이름',
  email: '이메일',
  since: (day: string) => `${day}부터 Pic-up 사용`,
  save: '저장',
  saved: '이름을 바꿨습니다.',

  appearance: '언어와 색상',
  language: '언어',
  theme: '색상',
  themeSystem: '시스템',
  themeLight: '밝게',
  themeDark: '어둡게',
  onThisDevice: '이 브라우저에 저장됩니다.',

  devices: '로그인한 기기',
  devicesText:
    '지금 로그인되어 있는 곳입니다. 로그아웃한 기기는 몇 분 동안 더 쓰일 수 있으며 사진은 그대로 있습니다.',
  browserOn: (browser: string, system: string) => `${system}의 ${browser}`,
  commandLine: 'Pic-up 명령줄',
  unknownDevice: '다른 프로그램',
  thisDevice: '이 기기',
  lastUsed: (moment: string) => `마지막 사용: ${moment}`,
  signOut: '로그아웃',
  signOutOf: (device: string) => `로그아웃: ${device}`,
  signOutOthers: '다른 기기에서 모두 로그아웃',
  signOutOthersTitle: '다른 기기에서 모두 로그아웃할까요?',
  signOutOthersText: (count: number) =>
    `다른 기기 ${number(count)}대는 다시 로그인해야 합니다. 이 기기는 로그인 상태로 남습니다.`,
  signOutOthersAction: '로그아웃',
  signedOut: (count: number) => `기기 ${number(count)}대를 로그아웃했습니다`,

  closeTitle: '계정 닫기',
  closeText: '이 계정과 그 안의 모든 것을 완전히 삭제합니다.',
  close: '계정 닫기…',
  operatorStays: '운영자 계정입니다. 이 Pic-up에 속한 계정이라 여기에서 닫을 수 없습니다.',
  closeHeading: '계정을 닫을까요?',
  closeWhat: '다음과 같이 진행됩니다.',
  closeSteps: (photos: number, videos: number) =>
    [
      '모든 기기에서 바로 로그아웃됩니다.',
      photos + videos > 0
        ? `앨범에 있는 사진 ${number(photos)}장과 동영상 ${number(videos)}개, 그리고 휴지통에 있는 것이 모든 미리보기와 함께 저장소에서 삭제됩니다.`
        : '저장된 모든 것이 저장소에서 삭제됩니다.',
      '그다음 이름, 이메일 주소, 앨범 제목, 파일 이름의 암호 키를 파기합니다. 이 Pic-up의 운영자를 포함해 누구도 더는 읽을 수 없습니다.',
      '되돌릴 수 없습니다. 간직하고 싶은 것은 먼저 내려받으세요.',
    ].join('\n'),
  password: '비밀번호',
  typeEmail: (email: string) => `확인을 위해 ${email} 입력`,
  emailDiffers: '이 계정의 이메일 주소가 아닙니다.',
  closeForGood: '완전히 닫기',
};
