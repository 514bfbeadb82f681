/** Every one names a local or private address in another way. */
export const hostileUrls = [
  'https://127.0.0.1/',
  'https://2130706433/', // decimal
  'https://0177.0.0.1/', // octal
  'https://0x7f.0.0.1/', // hex
  'https://0x7f000001/',
  'https://127.1/', // short
  'https://１２７.０.０.１/', // full width
  'https://127。0。0。1/', // ideographic full stops
  'https://0.0.0.0/',
  'https://[::]/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/', // mapped
  'https://[::ffff:7f00:1]/',
  'https://[64:ff9b::7f00:1]/', // NAT64
  'https://[2002:7f00:1::]/', // 6to4
  'https://[2001:0:7f00:1::]/', // Teredo
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://100.64.0.1/', // carrier-grade NAT
  'https://169.254.169.254/latest/meta-data/', // cloud metadata
  'https://[fd00:ec2::254]/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://localhost/',
  'https://localhost./',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://intranet/',
];
