import { magicEffectOf } from '../magic-recipients.ts';
import { type PreKeyBundle, parseJid } from '../protocol/index.ts';
import type { Journal } from '../storage/journal.ts';
import { type Account, type AccountRecord, accountRecord, isPhoneNumber, LID_SERVER, newAccount } from './account.ts';
import {
  bundleOf,
  type CompanionDevice,
  type CompanionDeviceRecord,
  deviceKey,
  deviceRecord,
  type PublicSignedPreKey,
  restoreDevice,
} from './companion-device.ts';

export interface DirectoryOptions {
  journal: Journal;
  /** Whether a number never seen before is registered when somebody asks for it. */
  autoRegister: boolean;
}

/** Who is on the network: numbers, their LIDs, their linked devices and those devices' public keys. */
export class Directory {
  readonly #journal: Journal;
  readonly #autoRegister: boolean;
  readonly #byNumber = new Map<string, Account>();
  readonly #byLid = new Map<string, Account>();

  constructor({ journal, autoRegister }: DirectoryOptions) {
    this.#journal = journal;
    this.#autoRegister = autoRegister;
    for (const { key, value } of journal.load<AccountRecord>('account')) this.#add(newAccount(key, value));
    for (const { key, value } of journal.load<CompanionDeviceRecord>('device')) {
      const device = restoreDevice(key, value);
      this.#byNumber.get(device.number)?.devices.set(device.id, device);
    }
    for (const { key, value } of journal.load<string>('prekey')) {
      const [owner = '', id] = key.split('/');
      const [number = '', device] = owner.split(':');
      const keys = this.#byNumber.get(number)?.devices.get(Number(device))?.preKeys;
      keys?.set(Number(id), Buffer.from(value, 'base64'));
    }
  }

  get accounts(): Iterable<Account> {
    return this.#byNumber.values();
  }

  /** The account if it exists; never registers one. */
  find(number: string): Account | undefined {
    return this.#byNumber.get(number);
  }

  /** The account of a number, registering it on sight where that is allowed. Undefined: not on WhatsApp. */
  resolve(number: string): Account | undefined {
    const known = this.#byNumber.get(number);
    if (known) return known;
    if (!this.#autoRegister || !isPhoneNumber(number) || magicEffectOf(number) === 'not-on-whatsapp') return undefined;
    return this.register(number);
  }

  /** As resolve, for a jid by number or LID, of any device. */
  resolveJid(jid: string): Account | undefined {
    const address = parseJid(jid);
    if (!address) return undefined;
    return address.server === LID_SERVER ? this.#byLid.get(address.user) : this.resolve(address.user);
  }

  /** The account, made if need be; `name` replaces the old one. */
  register(number: string, name?: string): Account {
    const known = this.#byNumber.get(number);
    if (known && (name === undefined || name === known.name)) return known;
    const account = known ?? newAccount(number);
    if (name !== undefined) account.name = name;
    if (!known) this.#add(account);
    this.#saveAccount(account);
    return account;
  }

  /** Ids are never used twice, even if the linking they were reserved for fails. */
  reserveDeviceId(account: Account): number {
    const id = account.nextDeviceId++;
    this.#saveAccount(account);
    return id;
  }

  link(account: Account, device: Omit<CompanionDevice, 'number' | 'keyIndex' | 'preKeys'>): CompanionDevice {
    const linked: CompanionDevice = { ...device, number: account.number, keyIndex: device.id, preKeys: new Map() };
    account.devices.set(device.id, linked);
    this.#saveDevice(linked);
    return linked;
  }

  unlink(account: Account, device: CompanionDevice): void {
    account.devices.delete(device.id);
    const key = deviceKey(account.number, device.id);
    this.#journal.remove('device', key);
    for (const id of device.preKeys.keys()) this.#journal.remove('prekey', `${key}/${id}`);
  }

  addPreKeys(device: CompanionDevice, preKeys: Iterable<{ id: number; publicKey: Buffer }>): void {
    const key = deviceKey(device.number, device.id);
    for (const { id, publicKey } of preKeys) {
      device.preKeys.set(id, publicKey);
      this.#journal.put('prekey', `${key}/${id}`, () => publicKey.toString('base64'));
    }
  }

  setSignedPreKey(device: CompanionDevice, signedPreKey: PublicSignedPreKey): void {
    device.signedPreKey = signedPreKey;
    this.#saveDevice(device);
  }

  /** A bundle for writing to the device, using up one of its one-time prekeys. */
  takeBundle(device: CompanionDevice): PreKeyBundle {
    const [oldest] = device.preKeys;
    if (!oldest) return bundleOf(device, undefined);
    const [id, publicKey] = oldest;
    device.preKeys.delete(id);
    this.#journal.remove('prekey', `${deviceKey(device.number, device.id)}/${id}`);
    return bundleOf(device, { id, publicKey });
  }

  clear(): void {
    this.#byNumber.clear();
    this.#byLid.clear();
  }

  #add(account: Account): void {
    this.#byNumber.set(account.number, account);
    this.#byLid.set(account.lid, account);
  }

  #saveAccount(account: Account): void {
    this.#journal.put('account', account.number, () => accountRecord(account));
  }

  #saveDevice(device: CompanionDevice): void {
    this.#journal.put('device', deviceKey(device.number, device.id), () => deviceRecord(device));
  }
}
