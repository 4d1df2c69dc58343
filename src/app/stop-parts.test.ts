import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '#platform/log.ts'
import { stopParts } from './stop-parts.ts'

test('a part that hangs or fails is named and left; the others are waited for', async () => {
  const lines: string[] = []
  const log = createLog({ level: 'error', pretty: false, write: (line) => void lines.push(line) })
  let ended = false
  await stopParts(
    log,
    {
      hangs: () => new Promise(() => undefined),
      fails: () => Promise.reject(new Error('no')),
      absent: undefined,
      ends: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        ended = true
      },
    },
    50,
  )
  assert.equal(ended, true)
  assert.deepEqual(lines.map((line) => (JSON.parse(line) as { part: string }).part).sort(), [
    'fails',
    'hangs',
  ])
})
