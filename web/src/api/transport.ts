import type { DescMessage, Message } from '@bufbuild/protobuf';
import { type Interceptor, type Transport } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { ConsistencyTokenSchema, type ConsistencyToken } from '../gen/picup/types/v1/token_pb';
import { isUnauthenticated } from './errors';
import { retry } from './retry';
import { tokens } from './tokens';

/** A whole request with all its attempts; a stream says for itself how long it may last. */
const REQUEST_TIMEOUT = 30_000;

/** Who gives access tokens. */
export interface Credentials {
  /** One that works for a while. */
  accessToken(): Promise<string>;
  /** Another one than this, which was refused. */
  renew(refused: string): Promise<string>;
}

type WithToken = Message & { token?: ConsistencyToken };

/** Whether a message of this type has a consistency token among its fields. */
function takesToken(type: DescMessage): boolean {
  return type.field['token']?.message?.typeName === ConsistencyTokenSchema.typeName;
}

/** Tells the gateway that a browser is asking: the refresh token travels in a cookie then. */
const webSession: Interceptor = (next) => (request) => {
  if (request.service.typeName === 'picup.access.v1.Access') request.header.set('x-web-session', '1');
  return next(request);
};

/** Keeps the tokens of commands, and sends them with queries. */
const consistency: Interceptor = (next) => async (request) => {
  if (!request.stream && takesToken(request.method.input)) {
    (request.message as WithToken).token = tokens.current();
  }
  const response = await next(request);
  if (!response.stream && takesToken(response.method.output)) {
    tokens.merge((response.message as WithToken).token);
  }
  return response;
};

function authorize(credentials: Credentials): Interceptor {
  return (next) => async (request) => {
    const token = await credentials.accessToken();
    request.header.set('authorization', `Bearer ${token}`);
    try {
      return await next(request);
    } catch (error) {
      if (request.stream || !isUnauthenticated(error)) throw error;
      request.header.set('authorization', `Bearer ${await credentials.renew(token)}`);
      return next(request);
    }
  };
}

/** Speaks gRPC-web with the gateway that served this page; with credentials, as whoever is signed in. */
export function createTransport(credentials?: Credentials): Transport {
  const interceptors = [webSession, retry, consistency];
  if (credentials) interceptors.splice(1, 0, authorize(credentials));
  return createGrpcWebTransport({
    baseUrl: location.origin,
    useBinaryFormat: true,
    defaultTimeoutMs: REQUEST_TIMEOUT,
    interceptors,
  });
}
