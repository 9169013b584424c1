export const en = {
  offline: 'Pic-up does not answer. Check your connection.',
  notFound: 'There is nothing here, or it belongs to somebody else.',
  internal: 'Something went wrong on our side. Please try again.',
  unavailable: 'Pic-up is busy right now. Please try again in a moment.',
  throttled: 'Too many attempts. Please wait a minute.',
  sessionOver: 'Your session is over. Please sign in again.',
  signInRefused: 'The e-mail address or the password is not right.',
  emailTaken: 'There is an account with this e-mail address already.',
  passwordRefused: 'The password is not right.',
  quotaExceeded: 'Your storage is full.',
  conflict: 'Somebody else changed the same thing. Please try again.',
};
