import type { Clock } from '../clock.ts';
import type { CompanionDevice, DeviceKey } from '../state/companion-device.ts';
import { deviceKey } from '../state/companion-device.ts';
import type { Login, LoginLog } from '../state/login-log.ts';
import type { ClientConnection } from './client-connection.ts';

/** Connections by the device that logged in on them, and all connections for shutdown. */
export class ConnectedDevices {
  readonly #clock: Clock;
  readonly #logins: LoginLog;
  readonly #open = new Map<ClientConnection, Login>();
  readonly #all = new Set<ClientConnection>();
  readonly #byDevice = new Map<DeviceKey, ClientConnection>();

  constructor(clock: Clock, logins: LoginLog) {
    this.#clock = clock;
    this.#logins = logins;
  }

  get all(): Iterable<ClientConnection> {
    return this.#all;
  }

  opened(connection: ClientConnection): void {
    this.#all.add(connection);
  }

  closed(connection: ClientConnection): void {
    this.#all.delete(connection);
    this.detach(connection);
  }

  /** Makes the connection its device's; returns the one it replaces. */
  attach(connection: ClientConnection, device: CompanionDevice): ClientConnection | undefined {
    const key = deviceKey(device.number, device.id);
    const replaced = this.#byDevice.get(key);
    if (replaced) this.#end(replaced, true);
    this.#open.set(connection, this.#logins.began(device, this.#clock.now()));
    this.#byDevice.set(key, connection);
    return replaced;
  }

  /** The device counts as away from here on, though its socket may linger. */
  detach(connection: ClientConnection): void {
    connection.active = false;
    this.#end(connection, false);
    const device = connection.loggedIn?.device;
    if (!device) return;
    const key = deviceKey(device.number, device.id);
    if (this.#byDevice.get(key) === connection) this.#byDevice.delete(key);
  }

  #end(connection: ClientConnection, replaced: boolean): void {
    const login = this.#open.get(connection);
    if (!login) return;
    this.#open.delete(connection);
    login.endedAt = this.#clock.now();
    login.replaced = replaced;
  }

  of(device: CompanionDevice): ClientConnection | undefined {
    return this.#byDevice.get(deviceKey(device.number, device.id));
  }
}
