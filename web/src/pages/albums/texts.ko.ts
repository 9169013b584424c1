import type { en } from './texts.en';

export const ko: typeof en = {
  actions: (title: string) => `“${title}” 앨범 작업`,
  create: '새 앨범',
  createAction: '만들기',
  delete: '삭제',
  deleted: (title: string) => `“${title}” 앨범을 삭제했습니다. 사진은 휴지통에 있습니다.`,
  emptyText:
    '함께 모아 둘 사진과 동영상을 앨범에 담아 보세요. 폴더를 여기로 끌어오거나 빈 앨범으로 시작할 수 있습니다.',
  emptyTextTouch: '함께 모아 둘 사진과 동영상을 앨범에 담아 보세요.',
  emptyTitle: '첫 앨범을 만들어 보세요',
  items: (photos: number, videos: number) => {
    if (photos + videos === 0) return '비어 있음';
    const parts = [];
    if (photos > 0) parts.push(`사진 ${photos.toLocaleString('ko')}장`);
    if (videos > 0) parts.push(`동영상 ${videos.toLocaleString('ko')}개`);
    return parts.join(', ');
  },
  newTitle: '새 앨범',
  picturesOf: (day: string) => `${day}의 사진`,
  rename: '이름 바꾸기',
  renameTitle: '앨범 이름 바꾸기',
  searchOrNew: '검색하거나 새 앨범 이름 입력',
  sortBy: '정렬',
  sortName: '이름순',
  sortNewest: '최신순',
  sortSize: '크기순',
  title: '앨범',
  titleLabel: '제목',
};
