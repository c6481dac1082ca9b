// Loaded into the gateway before it starts. From the first SIGUSR2 on it samples what is allocated, and writes that when the process ends.
// --heap-prof of Node would tell only of what is still alive then, and of the start.
const { writeFileSync } = require('node:fs');
const { Session } = require('node:inspector');

const file = 'allocations.heapprofile';
/** Bytes from one sample to the next, on average: fine enough for a hundredth of a request, and hardly noticed. */
const samplingInterval = 32 * 1024;

const session = new Session();

function write() {
  session.post('HeapProfiler.stopSampling', (error, result) => {
    if (!error) writeFileSync(file, JSON.stringify(result.profile));
  });
}

process.once('SIGUSR2', () => {
  session.connect();
  session.post('HeapProfiler.startSampling', {
    samplingInterval,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  process.once('exit', write);
});
