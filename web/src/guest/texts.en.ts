export const en = {
  emptyText: 'Pictures that are added appear here by themselves.',
  expiredText: 'It worked for a while only. Ask whoever gave it to you for a new one.',
  expiredTitle: 'This link has ended',
  open: 'Open the album',
  password: 'Password',
  passwordText: 'It is protected by a password, which you get from whoever gave you the link.',
  passwordTitle: 'A shared album',
  sharedBy: (name: string) => `Shared by ${name}`,
  unknownText:
    'The link may have been taken back, or a part of it is missing. Ask whoever gave it to you for a new one.',
  unknownTitle: 'There is no album behind this link',
  until: (moment: string) => `until ${moment}`,
};
