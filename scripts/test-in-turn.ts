// Runs test files one after another in this process, each loaded when its turn comes and as a suite of its own, so that its hooks are for
// its tests only. Starting a process for each, which reads the whole product anew, costs more than most of them do.
// Usage: forked by test.ts with the files
import { describe, test } from 'node:test'

/** For one file: a hanging test must not hold the run until somebody looks. */
const FILE_TIMEOUT_MS = 300_000
/** A socket or timer that a file left open keeps the process: it is ended then, and told as one that did not come to its end. */
const LEFT_OPEN_MS = 15_000

// Every hub of every file removes its folder when the process ends.
process.setMaxListeners(0)

// Tests of code alone wait for timers that keep no process; without this the first such wait would be its end.
const alive = setInterval(() => undefined, 60_000)
for (const file of process.argv.slice(2)) {
  await describe(file.slice(process.cwd().length + 1), { timeout: FILE_TIMEOUT_MS }, async () => {
    await import(file).catch((error: unknown) => {
      // Told under the file's own name, so that it is this file that failed and is run again.
      test(file, () => {
        throw error
      })
    })
  })
}
clearInterval(alive)
setTimeout(() => process.exit(1), LEFT_OPEN_MS).unref()
