/**
 * For `node --import`: a wall clock that somebody sets. Each SIGUSR2 steps it by the next of `CLOCK_STEPS` (milliseconds,
 * separated by commas); the monotonic clock goes on as it was.
 */
const steps = (process.env['CLOCK_STEPS'] ?? '').split(',').map(Number);
const RealDate = Date;
let offset = 0;

process.on('SIGUSR2', () => {
  offset += steps.shift() ?? 0;
});

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(RealDate.now() + offset);
    else super(...values);
  }

  static now() {
    return RealDate.now() + offset;
  }
};
