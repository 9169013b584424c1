import { en as account } from '../pages/account/texts.en';
import { en as album } from '../pages/album/texts.en';
import { en as albums } from '../pages/albums/texts.en';
import { en as operations } from '../pages/operations/texts.en';
import { en as signIn } from '../pages/sign-in/texts.en';
import { en as storage } from '../pages/storage/texts.en';
import { en as trash } from '../pages/trash/texts.en';
import { en as errors } from '../api/texts.en';
import { en as guest } from '../guest/texts.en';
import { en as keys } from '../keys/texts.en';
import { en as sharing } from '../sharing/texts.en';
import { en as shell } from '../shell/texts.en';
import { en as upload } from '../upload/texts.en';
import { en as viewer } from '../viewer/texts.en';

/** All texts of the interface in English, by area. */
export const en = {
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
