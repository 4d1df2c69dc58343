// Runs test files one after another in this process, each loaded when its turn comes and as a suite of its own, so that its hooks are for
// its tests only. Starting a process for each, which reads the whole product anew, costs more than most of them do.
// Usage: forked by test.ts with the files
import { describe, test } from 'node:test'

/** A hanging test must not hold the run until somebody looks. */
const TEST_TIMEOUT_MS = 120_000

// Every hub of every file removes its folder when the process ends.
process.setMaxListeners(0)

for (const file of process.argv.slice(2)) {
  await describe(file.slice(process.cwd().length + 1), { timeout: TEST_TIMEOUT_MS }, async () => {
    await import(file).catch((error: unknown) => {
      test('its file can be loaded', () => {
        throw error
      })
    })
  })
}
