import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { BadRequestSchema, ErrorInfoSchema } from '../gen/google/rpc/error_details_pb';
import { messageOf, messageOfReason } from './message';
import { en } from './texts.en';

const SAID = 'what only the server says';

function refused(code: Code, reason?: string, field?: string): ConnectError {
  return new ConnectError(SAID, code, undefined, [
    ...(reason ? [{ desc: ErrorInfoSchema, value: { reason, domain: 'picup' } }] : []),
    ...(field
      ? [{ desc: BadRequestSchema, value: { fieldViolations: [{ field, description: SAID }] } }]
      : []),
  ]);
}

describe('what a person is told', () => {
  it('follows from the reason, whatever the server says', () => {
    expect(messageOf(refused(Code.FailedPrecondition, 'ALBUM_DELETED'))).toBe(en.albumDeleted);
    expect(messageOf(refused(Code.Unauthenticated, 'TOKEN_EXPIRED'))).toBe(en.sessionOver);
    expect(messageOfReason('S3_UNAVAILABLE', SAID)).toBe(en.unavailable);
  });

  it('follows from the field that a person has filled in', () => {
    expect(messageOf(refused(Code.InvalidArgument, 'INVALID_ARGUMENT', 'title'))).toBe(en.badTitle);
  });

  it('follows from the code where nobody gave a reason', () => {
    expect(messageOf(refused(Code.Unavailable))).toBe(en.unavailable);
    expect(messageOf(refused(Code.Unimplemented))).toBe(en.otherVersion);
  });

  it('is the connection where nobody answered, and a mistake of ours where nobody was asked', () => {
    expect(messageOf(ConnectError.from(new TypeError('Failed to fetch')))).toBe(en.offline);
    expect(messageOf(new Error('a mistake'))).toBe(en.internal);
  });

  it('has the words of the server as a detail where there are no others', () => {
    const unknown = [
      messageOf(refused(Code.FailedPrecondition, 'NEW_REASON')),
      messageOf(refused(Code.InvalidArgument, 'INVALID_ARGUMENT', 'page_size')),
      messageOfReason('', SAID),
    ];
    for (const text of unknown) expect(text).toBe(`${en.unknown} ${en.said(SAID)}`);
  });
});
