import { plural } from '../../i18n/plural';

export const en = {
  title: 'Account',
  you: 'You',
  name: 'Name',
  email: 'E-mail',
  since: (day: string) => `With Pic-up since ${day}`,
  save: 'Save',
  saved: 'Your name is changed.',

  appearance: 'Language and colours',
  language: 'Language',
  theme: 'Colours',
  themeSystem: 'System',
  themeLight: 'Light',
  themeDark: 'Dark',
  onThisDevice: 'Kept in this browser.',

  devices: 'Devices',
  devicesText:
    'Where you are signed in. A device that you sign out may go on for some minutes; your pictures stay where they are.',
  browserOn: (browser: string, system: string) => `${browser} on ${system}`,
  commandLine: 'Pic-up command line',
  unknownDevice: 'Another program',
  thisDevice: 'This device',
  lastUsed: (moment: string) => `Last used ${moment}`,
  signOut: 'Sign out',
  signOutOf: (device: string) => `Sign out: ${device}`,
  signOutOthers: 'Sign out everywhere else',
  signOutOthersTitle: 'Sign out everywhere else?',
  signOutOthersText: (count: number) =>
    `${count === 1 ? 'One other device has' : `${count} other devices have`} to sign in again. This one stays signed in.`,
  signOutOthersAction: 'Sign out',
  signedOut: (count: number) => `${plural(count, 'device', 'devices')} signed out`,

  closeTitle: 'Close the account',
  closeText: 'Deletes this account and everything in it, for good.',
  close: 'Close account…',
  operatorStays: 'This is the operator’s account. It belongs to this Pic-up and cannot be closed here.',
  closeHeading: 'Close your account?',
  closeWhat: 'This is what happens:',
  closeSteps: (photos: number, videos: number) =>
    [
      'You are signed out at once, on every device.',
      photos + videos > 0
        ? `${plural(photos, 'photo', 'photos')} and ${plural(videos, 'video', 'videos')} in your albums, and all that lies in the trash, are deleted from storage with all their previews.`
        : 'Whatever you have stored is deleted from storage.',
      'Then the key to your name, your address, your albums’ titles and your files’ names is destroyed. Nobody can read them any more, not even whoever runs this Pic-up.',
      'There is no way back. Download first what you want to keep.',
    ].join('\n'),
  password: 'Your password',
  typeEmail: (email: string) => `Type ${email} to confirm`,
  emailDiffers: 'That is not the address of this account.',
  closeForGood: 'Close for good',
};
