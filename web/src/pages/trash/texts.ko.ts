import type { en } from './texts.en';

const number = (count: number) => count.toLocaleString('ko');

export const ko: typeof en = {
  title: '휴지통',
  lead: '기한이 지나기 전에는 되돌릴 수 있습니다. 그동안은 저장 공간을 차지합니다.',
  items: '휴지통에 있는 사진과 동영상',
  emptyTitle: '휴지통이 비어 있습니다',
  emptyText: '삭제한 항목은 되돌릴 수 있도록 먼저 여기에 보관됩니다.',

  keptFor: (days: number) => {
    if (days === 0) return '곧 완전히 삭제됩니다';
    return days === 1 ? '하루 안에 완전히 삭제됩니다' : `${days}일 후 완전히 삭제됩니다`;
  },
  itemLabel: (item: string, kept: string) => `${item}. ${kept}`,
  loadingMore: '더 불러오는 중…',

  albumsTitle: '삭제한 앨범',
  albumsText: '앨범을 복원하면 삭제할 때 들어 있던 항목도 모두 함께 돌아옵니다.',
  albumDeleted: (when: string) => `${when} 삭제`,
  restoreAlbum: '복원',
  restoreAlbumNamed: (title: string) => `“${title}” 복원`,
  albumRestored: (title: string) => `“${title}” 앨범을 복원했습니다. 사진도 곧 돌아옵니다.`,
  itemsTitle: '사진과 동영상',

  restore: '복원',
  restored: (count: number) => `${number(count)}개를 복원했습니다`,
  deleteNow: '지금 삭제',
  deleteTitle: (count: number) => `${number(count)}개를 완전히 삭제할까요?`,
  deleteText: '되돌릴 수 없습니다. 파일과 미리보기가 저장소에서 모두 지워집니다.',
  deleteAction: '완전히 삭제',
  deleted: (count: number) => `${number(count)}개를 완전히 삭제했습니다`,
  emptyTrash: '휴지통 비우기',
  emptyTrashTitle: '휴지통을 비울까요?',
  emptyTrashText: (count: number, bytes: string) =>
    `${number(count)}개(${bytes})와 삭제한 앨범이 완전히 삭제됩니다. 되돌릴 수 없습니다.`,
  emptyTrashAction: (count: number) => `${number(count)}개 삭제`,
  someFailed: (count: number, why: string) => `${number(count)}개를 변경하지 못해 다시 표시합니다. ${why}`,
};
