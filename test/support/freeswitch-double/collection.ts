/** `play_and_get_digits`, as FreeSWITCH runs it: a break ends the prompt, not the collection; a missing prompt is no error. */
export interface CollectOptions {
  readonly min: number;
  readonly max: number;
  readonly tries: number;
  readonly timeout: number;
  readonly terminators: string;
  readonly file: string;
  readonly invalidFile: string;
  readonly variable: string;
  readonly pattern: RegExp;
  readonly digitTimeout: number;
}

export interface CollectionUser {
  /** False: it is not there. */
  play(file: string, ended: () => void): boolean;
  stopPlay(): void;
  done(options: CollectOptions, digits: string, invalid: string, terminator: string): void;
}

function optionsIn(text: string): CollectOptions {
  const [
    min = '',
    max = '',
    tries = '',
    timeout = '',
    terminators = '',
    file = '',
    invalidFile = '',
    variable = '',
    ...rest
  ] = text.split(' ');
  const [pattern = '', digitTimeout = ''] = rest;
  return {
    min: Number(min),
    max: Number(max),
    tries: Number(tries),
    timeout: Number(timeout),
    terminators,
    file,
    invalidFile,
    variable,
    pattern: new RegExp(`^(?:${pattern})$`),
    digitTimeout: Number(digitTimeout),
  };
}

export class Collection {
  readonly #options: CollectOptions;
  readonly #user: CollectionUser;
  #digits = '';
  #tries = 0;
  #invalid = '';
  #timer: NodeJS.Timeout | undefined;
  #isPrompting = false;

  constructor(text: string, user: CollectionUser) {
    this.#options = optionsIn(text);
    this.#user = user;
    this.#try();
  }

  digit(digit: string): void {
    const { terminators, max, digitTimeout } = this.#options;
    if (this.#isPrompting) this.#user.stopPlay();
    if (terminators.includes(digit)) {
      this.#judge(digit);
      return;
    }
    this.#digits += digit;
    if (this.#digits.length >= max) this.#judge('');
    else this.#wait(digitTimeout);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #try(): void {
    const { file, timeout } = this.#options;
    this.#tries++;
    this.#digits = '';
    this.#isPrompting = this.#user.play(file, () => {
      this.#isPrompting = false;
      if (this.#digits === '') this.#wait(timeout);
    });
    if (!this.#isPrompting) this.#wait(timeout);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#judge(''), ms);
  }

  #judge(terminator: string): void {
    clearTimeout(this.#timer);
    const { min, tries, pattern, invalidFile } = this.#options;
    if (this.#digits.length >= min && this.#digits !== '' && pattern.test(this.#digits)) {
      this.#user.done(this.#options, this.#digits, this.#invalid, terminator);
      return;
    }
    if (this.#digits !== '') this.#invalid = this.#digits;
    if (this.#tries >= tries) this.#user.done(this.#options, '', this.#invalid, terminator);
    else if (this.#digits === '' || !this.#user.play(invalidFile, () => this.#try())) this.#try();
  }
}
