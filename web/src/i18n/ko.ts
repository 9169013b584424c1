import type { en } from './en';
import { ko as account } from '../pages/account/texts.ko';
import { ko as album } from '../pages/album/texts.ko';
import { ko as albums } from '../pages/albums/texts.ko';
import { ko as operations } from '../pages/operations/texts.ko';
import { ko as signIn } from '../pages/sign-in/texts.ko';
import { ko as storage } from '../pages/storage/texts.ko';
import { ko as trash } from '../pages/trash/texts.ko';
import { ko as errors } from '../api/texts.ko';
import { ko as guest } from '../guest/texts.ko';
import { ko as keys } from '../keys/texts.ko';
import { ko as sharing } from '../sharing/texts.ko';
import { ko as shell } from '../shell/texts.ko';
import { ko as upload } from '../upload/texts.ko';
import { ko as viewer } from '../viewer/texts.ko';

/** All texts of the interface in Korean, by area. */
export const ko: typeof en = {
  account,
  album,
  albums,
  errors,
  guest,
  keys,
  operations,
  sharing,
  shell,
  signIn,
  storage,
  trash,
  upload,
  viewer,
};
