import type { en } from './texts.en';

export const ko: typeof en = {
  email: '이메일 주소',
  haveAccount: '이미 계정이 있으신가요?',
  lead: '내 사진을 위한 편안한 공간.',
  name: '이름',
  noAccount: '처음이신가요?',
  password: '비밀번호',
  passwordHint: '10자 이상. 몇 개의 단어를 이어 쓰면 좋습니다.',
  passwordTooShort: '10자 이상 입력해 주세요.',
  signIn: '로그인',
  signUp: '계정 만들기',
};
