import type { en } from './texts.en';

const number = (count: number) => count.toLocaleString('ko');

export const ko: typeof en = {
  title: '저장 공간',
  used: (used: string, quota: string) => `${quota} 중 ${used} 사용`,
  free: (free: string) => `${free} 남음`,
  bar: (percent: string) => `저장 공간의 ${percent}를 사용하고 있습니다`,
  portionAlbums: '앨범',
  portionTrash: '휴지통',
  portionReserved: '업로드용으로 예약됨',
  portionFree: '남은 공간',
  photos: (count: number) => `사진 ${number(count)}장`,
  videos: (count: number) => `동영상 ${number(count)}개`,

  nearlyFull: (free: string) => `${free}만 남았습니다. 곧 새로 업로드하지 못할 수 있습니다.`,
  full: '저장 공간이 가득 찼습니다. 공간이 생길 때까지 새로 업로드할 수 없습니다.',
  seeTrash: '휴지통 보기',

  largest: '공간을 많이 차지하는 앨범',
  showAll: (count: number) => `앨범 ${number(count)}개 모두 보기`,
  noAlbums: '아직 저장된 항목이 없습니다.',

  explain: '숫자 자세히 알아보기',
  quota: '전체 저장 공간',
  quotaWhy: '이 계정이 쓸 수 있는 용량입니다. 이 Pic-up의 운영자가 정합니다.',
  albumsWhy: '앨범에 있는 원본입니다. 원본으로 만든 미리보기는 포함하지 않습니다.',
  trashWhy:
    '휴지통에 있는 원본입니다. 되돌릴 수 있도록 아직 보관하고 있어, 완전히 삭제될 때까지 공간을 차지합니다.',
  reservedWhy:
    '업로드를 시작하면 파일 크기만큼 공간을 미리 예약합니다. 그래서 끝에 가서 공간이 모자라 실패하는 일이 없습니다. 업로드가 끝나면 앨범의 용량이 되고, 취소하거나 중단되면 다시 비워집니다.',
  freeWhy: '새로 업로드할 수 있는 공간입니다.',
  freesTitle: '공간을 비우려면',
  frees: [
    '휴지통으로 옮기는 것만으로는 공간이 비지 않습니다. 휴지통에서 삭제하거나 보관 기한이 지나면 비워집니다.',
    '완전히 삭제한 항목은 모든 파일이 지워졌음을 저장 서비스가 확인할 때까지 공간을 차지합니다. 몇 초면 끝나고, 확인 기록이 남습니다.',
    '아무도 이어가지 않는 업로드는 며칠 뒤에 중단되고, 예약한 공간도 다시 비워집니다.',
  ].join('\n'),
};
