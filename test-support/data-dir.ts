import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A data folder for one hub of this test process, gone with the process: two hubs must never merge each other's spool. */
export function testDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-hub-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  return dir
}
