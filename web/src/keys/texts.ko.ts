import type { en } from './texts.en';

export const ko: typeof en = {
  title: '키보드 단축키',
  or: '또는',
  general: '어디서나',
  albums: '앨범 목록',
  grid: '앨범 안에서',
  trash: '휴지통에서',
  viewer: '사진을 보는 중',

  showKeys: '이 단축키 보기',
  undo: '방금 한 일 되돌리기',
  close: '대화 상자나 메뉴 닫기',
  nextControl: '다음 또는 이전 컨트롤로 이동',
  follow: '포커스가 있는 앨범 열기 또는 버튼 누르기',

  move: '그 방향의 다음 사진으로 이동',
  page: '한 화면 위나 아래로 이동',
  ends: '첫 사진 또는 마지막 사진으로 이동',
  open: '열기',
  select: '선택 또는 선택 해제',
  extend: '지나가며 선택',
  range: '클릭한 사진까지 모두 선택',
  selectAll: '모두 선택',
  clear: '선택 모두 해제',
  moveTo: '선택한 항목을 다른 앨범으로 이동',
  trashSelected: '선택한 항목을 휴지통으로 이동',
  retry: '미리보기가 없는 항목 다시 시도',
  restore: '선택한 항목 복원',
  deleteSelected: '선택한 항목 완전히 삭제',

  previousNext: '이전 또는 다음',
  zoom: '확대/축소',
  details: '세부정보',
  download: '원본 다운로드',
  trashShown: '휴지통으로 이동',
  closeViewer: '앨범으로 돌아가기',

  click: '클릭',
};
