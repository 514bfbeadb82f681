import Type from 'typebox';

/** Of every process that addresses sessions. Who leaves it out goes by what the bus says. */
export const partitionCountSetting = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 1_024,
    description:
      'Slices of the sessions of a pool, the unit of ownership. Fixed with the first start of an installation, by default 64; a process with another number does not start',
  }),
);
