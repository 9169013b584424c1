export const en = {
  email: 'E-mail address',
  haveAccount: 'Have an account already?',
  lead: 'Your pictures, in one calm place.',
  name: 'Your name',
  noAccount: 'New here?',
  password: 'Password',
  passwordHint: 'At least 10 characters. A few words make a good one.',
  passwordTooShort: 'Use at least 10 characters.',
  signIn: 'Sign in',
  signUp: 'Create an account',
};
