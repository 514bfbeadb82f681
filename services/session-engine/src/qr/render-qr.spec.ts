import { readQrText } from '@wam/whatsapp-sandbox';
import { expect, test } from 'vitest';
import { renderQr } from './render-qr.ts';

// With modules of uneven width these could not be read back.
test.each([
  '2@9Lt7/sYgCwTYKuWiMywVhASFz84RlK0om1m27oKG6kuUrqlHKWjZdP7z0GJ5kYVn,GLuAmfiG7aQT6ltgXgWNu8gVJDhmB+gADFMXnJJ4X4s=,epKQwssIRh4xKPyKzGbDF1CB3iDzrOJ6DHwdHIQE49s=,qxsQ/EJqcL0sBbNT/tYgSjfcvkTQoLIdC3jw2U0T2BQ=,1',
  '2@kVVNIJg5kIhAxxbr5XYvJIE97/HUch4loyXE8GAngNReqdMwVokEr9E+Cl29tFDX,z8noDEgSUt06Y3ra2Lm4yGtJ8NdmewzH+zhB+JaWRIE=,f5uQ1832PII8BLAXOX9sIdl0slgS5RSP67zA35A27+Y=,YTT7dFG3FKo7252SAemX58KUMhZ4VCqchjrKKcfxCAU=,1',
])('a code to link a phone is read back from its image: %s', async (fields) => {
  const code = `https://wa.me/settings/linked_devices#${fields}`;
  expect(readQrText(await renderQr(code))).toBe(code);
});
