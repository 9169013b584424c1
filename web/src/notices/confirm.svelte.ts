/** What somebody is asked before it is done. Only for what cannot be undone. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it: a verb. */
  readonly action: string;
  readonly dangerous?: boolean;
}

interface OpenQuestion extends Question {
  readonly answer: (confirmed: boolean) => void;
}

class Confirmation {
  open = $state.raw<OpenQuestion>();
}

/** The question that is on the screen. */
export const confirmation = new Confirmation();

/** Asks, and says whether it shall be done. */
export function confirm(question: Question): Promise<boolean> {
  confirmation.open?.answer(false);
  return new Promise((resolve) => {
    const answer = (confirmed: boolean) => {
      confirmation.open = undefined;
      resolve(confirmed);
    };
    confirmation.open = { ...question, answer };
  });
}
