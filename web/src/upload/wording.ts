import { messageOfReason } from '../api/message';
import { formatBytes, formatNumber } from '../format';
import { t } from '../i18n/index.svelte';
import { failureText } from '../media/failure';
import type { Duplicate, Problem, UploadView } from './model';
import { secondsLeft } from './meter';
import type { GroupName, Summary } from './summary';

/** From this size on it is told how far a single file is. */
const SHOWN_FROM = 4_000_000;

/** The whole queue in one line. */
export function headline(summary: Summary): string {
  const { files, uploadedFiles, processedFiles, paused, attention } = summary;
  switch (summary.state) {
    case 'uploading':
      return t('upload.uploading', formatNumber(uploadedFiles), formatNumber(files));
    case 'paused':
      return t('upload.allPaused', paused);
    case 'processing':
      return t('upload.processing', formatNumber(processedFiles), formatNumber(files));
    case 'attention':
      return t('upload.needDecision', attention);
    case 'done':
      return t('upload.allDone', files);
    case 'empty':
      return t('upload.lookingAt');
  }
}

/** Speed and time left of the whole queue, as far as they are known. */
export function paceText(bytesPerSecond: number, seconds: number | undefined): string {
  const speed = bytesPerSecond > 0 ? t('upload.speed', formatBytes(bytesPerSecond)) : '';
  const left = seconds === undefined ? '' : t('upload.left', durationText(seconds));
  return [speed, left].filter(Boolean).join(' · ');
}

/** What is happening to a file, or why nothing is. */
export function statusText(view: UploadView): string {
  if (view.problem) return problemText(view.problem);
  switch (view.stage) {
    case 'waiting':
      return t('upload.stageWaiting');
    case 'checking':
      return t('upload.stageChecking');
    case 'uploading':
      return uploadingText(view);
    case 'verifying':
      return t('upload.stageVerifying');
    case 'processing':
      return t('upload.stageProcessing');
    case 'done':
      return t('upload.stageDone');
    case 'paused':
      return [t('upload.stagePaused'), amountText(view)].filter(Boolean).join(' · ');
    case 'needs-file':
      return t('upload.stageNeedsFile');
    case 'duplicate':
      return view.duplicate?.fileName ? duplicateText(view.duplicate) : t('upload.stageDuplicate');
    default:
      return '';
  }
}

/** The heading of a group. */
export function groupText(name: GroupName): string {
  switch (name) {
    case 'attention':
      return t('upload.groupAttention');
    case 'active':
      return t('upload.groupActive');
    case 'paused':
      return t('upload.groupPaused');
    case 'waiting':
      return t('upload.groupWaiting');
    case 'processing':
      return t('upload.groupProcessing');
    case 'done':
      return t('upload.groupDone');
  }
}

function uploadingText({ reached, bytes, bytesPerSecond }: UploadView): string {
  const amount = amountText({ reached, bytes });
  if (!amount) return t('upload.stageUploading');
  const pace = paceText(bytesPerSecond, secondsLeft(bytes - reached, bytesPerSecond));
  return [amount, pace].filter(Boolean).join(' · ');
}

/** Of a picture that is through in a moment nobody reads how far it is. */
function amountText({ reached, bytes }: Pick<UploadView, 'reached' | 'bytes'>): string {
  return bytes < SHOWN_FROM ? '' : t('upload.ofBytes', formatBytes(reached), formatBytes(bytes));
}

function duplicateText({ fileName, albumTitle, inTrash }: Duplicate): string {
  if (inTrash) return t('upload.duplicateInTrash', fileName);
  return albumTitle ? t('upload.duplicateOf', fileName, albumTitle) : t('upload.duplicateOfNamed', fileName);
}

function problemText({ code, missingBytes = 0, reason = '', message = '' }: Problem): string {
  switch (code) {
    case 'empty':
      return t('upload.problemEmpty');
    case 'type':
      return t('upload.problemType');
    case 'too-large':
      return t('upload.problemTooLarge');
    case 'quota':
      return missingBytes > 0 ? t('upload.problemQuota', formatBytes(missingBytes)) : t('upload.problemFull');
    case 'unreadable':
      return t('upload.problemUnreadable');
    case 'changed':
      return t('upload.problemChanged');
    case 'mismatch':
      return t('upload.problemMismatch');
    case 'album-gone':
      return t('upload.problemAlbumGone');
    case 'share-over':
      return t('upload.problemShareOver');
    case 'network':
      return t('upload.problemNetwork');
    case 'server':
      return messageOfReason(reason, message);
    case 'pictures':
      return t('upload.problemPictures', failureText({ reason, message }));
    case 'pictures-late':
      return t('upload.problemPicturesLate');
  }
}

function durationText(seconds: number): string {
  if (seconds < 60) return t('upload.seconds', seconds);
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('upload.minutes', minutes);
  return t('upload.hours', Math.floor(minutes / 60), minutes % 60);
}
