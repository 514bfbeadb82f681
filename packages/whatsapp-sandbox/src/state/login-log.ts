import type { CompanionDevice } from './companion-device.ts';

/** One connection of a device, from its login on. For tests that want to know who was connected when. */
export interface Login {
  phone: string;
  device: number;
  owner: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Absent while it is connected. */
  endedAt?: number;
  /** Another login of the device ended it: two were connected at once. */
  replaced: boolean;
}
export interface LoginFilter {
  phone?: string;
  owner?: string;
}

const LOGIN_CAPACITY = 50_000;

/** Logins in order. Not kept over a restart. */
export class LoginLog {
  #logins: Login[] = [];
  readonly #listeners = new Set<(login: Login) => void>();

  /** Called with each login as it begins. Returns how to stop. */
  onBegan(listener: (login: Login) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  began({ number, id, owner }: CompanionDevice, at: number): Login {
    const login: Login = { phone: number, device: id, owner, at, replaced: false };
    this.#logins.push(login);
    if (this.#logins.length > LOGIN_CAPACITY) this.#logins = this.#logins.slice(LOGIN_CAPACITY / 2);
    for (const listener of this.#listeners) listener({ ...login });
    return login;
  }

  list({ phone, owner }: LoginFilter): Login[] {
    return this.#logins
      .filter(
        (login) => (phone === undefined || login.phone === phone) && (owner === undefined || login.owner === owner),
      )
      .map((login) => ({ ...login }));
  }

  clear(): void {
    this.#logins = [];
  }
}
