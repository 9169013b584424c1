import type { en } from './texts.en';

export const ko: typeof en = {
  offline: 'Pic-up이 응답하지 않습니다. 인터넷 연결을 확인해 주세요.',
  notFound: '찾는 항목이 없거나 다른 사람의 것입니다.',
  internal: '저희 쪽에서 문제가 생겼습니다. 다시 시도해 주세요.',
  unavailable: '지금 Pic-up이 바쁩니다. 잠시 후 다시 시도해 주세요.',
  throttled: '시도가 너무 많았습니다. 1분 후 다시 시도해 주세요.',
  otherVersion: '서버와 이 페이지의 버전이 다릅니다. 페이지를 새로 고쳐 주세요.',
  tooLarge: '한 번에 너무 많습니다. 나누어서 다시 시도해 주세요.',
  unknown: '처리하지 못했습니다.',
  said: (message: string) => `서버 메시지: “${message}”`,

  sessionOver: '로그인이 만료되었습니다. 다시 로그인해 주세요.',
  shareExpired: '만료된 링크입니다.',
  shareNotFound: '더 이상 없는 링크입니다.',
  tooManyShares: '앨범 하나에 링크는 만료된 것을 포함해 20개까지 만들 수 있습니다. 먼저 하나를 지워 주세요.',
  signInRefused: '이메일 주소나 비밀번호가 맞지 않습니다.',
  emailTaken: '이 이메일 주소를 쓰는 계정이 이미 있습니다.',
  passwordRefused: '비밀번호가 맞지 않습니다.',
  notAllowed: '이 계정으로는 할 수 없는 작업입니다.',
  operatorOnly: '운영자만 할 수 있습니다.',
  operatorAccount: '운영자 계정은 설정에서 정하며, 설정에서만 없앨 수 있습니다.',

  badEmail: '이메일 주소는 name@example.org와 같은 형식이어야 합니다.',
  badName: '이름은 한 줄로 1~100자여야 합니다.',
  badPassword: '비밀번호는 10~256자여야 합니다.',
  badTitle: '제목은 한 줄로 1~200자여야 합니다.',
  badFileName: '파일 이름은 한 줄로 1~255자여야 합니다.',

  conflict: '다른 곳에서 먼저 변경했습니다. 다시 시도해 주세요.',
  alreadyExists: '이미 있습니다.',
  quotaExceeded: '저장 공간이 가득 찼습니다.',
  albumDeleted: '앨범이 삭제된 항목입니다. 앨범을 먼저 복원해 주세요.',
  mediaGone: '완전히 삭제된 항목입니다.',
  uploadOver: '중단된 업로드입니다. 다시 시작해 주세요.',
  uploadIncomplete: '아직 업로드가 끝나지 않은 항목입니다.',
  uploadComplete: '이미 업로드가 끝난 항목입니다.',
  uploadMissing: '파일이 다 도착하지 않았습니다. 다시 시도해 주세요.',
  uploadMismatch: '파일의 내용이 알려진 것과 달라 저장하지 않았습니다.',

  consumerGone: '이 레터의 큐가 없어졌습니다. 레터를 폐기하거나 컨슈머를 다시 띄워 주세요.',
  notBlocked: '더 이상 막혀 있지 않은 스트림입니다.',
};
