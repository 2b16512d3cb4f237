import fc from 'fast-check';

/**
 * Every property starts from the same seed, so that a run says the same twice and a change is not held up by what it did not
 * touch. `BAILIFF_SEED=$RANDOM npm test` looks elsewhere; a number that fails is a defect to mend.
 */
const seed = Number(process.env.BAILIFF_SEED ?? '20261123');
if (!Number.isSafeInteger(seed)) throw new Error('BAILIFF_SEED must be a whole number');
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
