// Runs test files that need no server in one process: starting one for each costs more than most of them do.
// Usage: forked by test.ts with the files; sends {counts} when done.
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const counts = { tests: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 }
const stream = run({ files: process.argv.slice(2), isolation: 'none' })
stream.on('test:summary', (summary) => {
  if (summary.file === undefined) Object.assign(counts, summary.counts)
})
const report = stream.compose(new spec())
report.pipe(process.stdout, { end: false })
await new Promise<void>((done, fail) => report.on('end', done).on('error', fail))
process.send?.({ counts })
if (process.connected) process.disconnect()
// A timer that a test left behind must not keep the run.
setTimeout(() => process.exit(), 1_000).unref()
