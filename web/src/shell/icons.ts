/** Paths of the icons: 24 units wide and high, drawn with a line of 1.75. */
export const icons = {
  add: 'M12 5v14M5 12h14',
  albums: 'M4 7.5h16v12H4zM6.5 4.5h11M8 16l3-3.5 2.2 2.4 2.3-2.9L18 16',
  chevron: 'M15 4l-8 8 8 8',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  collapse: 'M6 9.5l6 6 6-6',
  cover: 'M4 5h16v14H4zM12 8.2l1.2 2.4 2.6.4-1.9 1.8.5 2.6-2.4-1.2-2.4 1.2.5-2.6L8.2 11l2.6-.4z',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  edit: 'M4 20l.8-4L16.5 4.3l3.2 3.2L8 19.2zM14 6.8l3.2 3.2',
  expand: 'M6 14.5l6-6 6 6',
  info: 'M12 21a9 9 0 100-18 9 9 0 000 18zM12 11v5.5M12 7.5v.2',
  keyboard: 'M3 7h18v10H3zM6.5 10.3h.2M10 10.3h.2M13.7 10.3h.2M17.3 10.3h.2M8 13.8h8',
  more: 'M5 11.4a.6.6 0 100 1.2.6.6 0 000-1.2zM12 11.4a.6.6 0 100 1.2.6.6 0 000-1.2zM19 11.4a.6.6 0 100 1.2.6.6 0 000-1.2z',
  move: 'M4 6h6l2 2.5h8V19H4zM10 13.5h6M13.5 11l2.5 2.5-2.5 2.5',
  offline: 'M4 4l16 16M8.5 8.2A6 6 0 006 19h11M10.8 6.1A6 6 0 0118 12a3.6 3.6 0 012.2 5.5',
  operations: 'M4 6h16v5H4zM4 13h16v5H4zM7 8.5h.2M7 15.5h.2',
  pause: 'M9 5.5v13M15 5.5v13',
  play: 'M8 5.5v13l10.5-6.5z',
  retry: 'M19 12a7 7 0 11-2.2-5.1M19 4v4.5h-4.5',
  storage:
    'M5 7c0-1.7 3.1-3 7-3s7 1.3 7 3-3.1 3-7 3-7-1.3-7-3zM5 7v10c0 1.7 3.1 3 7 3s7-1.3 7-3V7M5 12c0 1.7 3.1 3 7 3s7-1.3 7-3',
  themeDark: 'M20 14.5A8.5 8.5 0 119.5 4a7 7 0 0010.5 10.5z',
  themeLight:
    'M12 16.5a4.5 4.5 0 100-9 4.5 4.5 0 000 9zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  themeSystem: 'M4 5h16v11H4zM9 20h6M12 16v4',
  trash: 'M5 7h14M10 4h4M7 7l.8 13h8.4L17 7M10.3 10.5v6M13.7 10.5v6',
  undo: 'M9 6L5 10l4 4M5 10h9a5 5 0 010 10h-3',
  upload: 'M12 16V5M7 9.5l5-5 5 5M5 20h14',
  user: 'M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20c1-3.8 4-5.5 7.5-5.5s6.5 1.7 7.5 5.5',
  warning: 'M12 4l9 16H3zM12 10v5M12 17.5v.2',
  zoom: 'M10.5 17a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM15.2 15.2L20 20M7.8 10.5h5.4M10.5 7.8v5.4',
} as const;

/** The name of an icon. */
export type IconName = keyof typeof icons;
