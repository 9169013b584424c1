import type { en } from './texts.en';

export const ko: typeof en = {
  offline: 'Pic-up이 응답하지 않습니다. 인터넷 연결을 확인해 주세요.',
  notFound: '찾는 항목이 없거나 다른 사람의 것입니다.',
  internal: '저희 쪽에서 문제가 생겼습니다. 다시 시도해 주세요.',
  unavailable: '지금 Pic-up이 바쁩니다. 잠시 후 다시 시도해 주세요.',
  throttled: '시도가 너무 많았습니다. 1분 후 다시 시도해 주세요.',
  sessionOver: '로그인이 만료되었습니다. 다시 로그인해 주세요.',
  shareExpired: '만료된 링크입니다.',
  shareNotFound: '더 이상 없는 링크입니다.',
  tooManyShares: '앨범 하나에 링크는 만료된 것을 포함해 20개까지 만들 수 있습니다. 먼저 하나를 지워 주세요.',
  signInRefused: '이메일 주소나 비밀번호가 맞지 않습니다.',
  emailTaken: '이 이메일 주소를 쓰는 계정이 이미 있습니다.',
  passwordRefused: '비밀번호가 맞지 않습니다.',
  quotaExceeded: '저장 공간이 가득 찼습니다.',
  conflict: '다른 곳에서 먼저 변경했습니다. 다시 시도해 주세요.',
};
