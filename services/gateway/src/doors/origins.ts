/** Which pages may open sockets. A request without `Origin` comes from no page. */
export interface Origins {
  allows(origin: string | undefined): boolean;
  /** For the CORS headers of Socket.IO's polling. */
  list: '*' | string[];
}

/** Pure. @param setting `*`, or origins such as `https://app.example.com` with commas between */
export function origins(setting: string): Origins {
  if (setting === '*') return { allows: () => true, list: '*' };
  const list = setting.split(',').map((origin) => origin.trim().toLowerCase());
  return { allows: (origin) => origin === undefined || list.includes(origin.toLowerCase()), list };
}
