import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pollLog } from './poll-log.ts'

test('the same trouble of a connection is warned of once, another one or a new beginning again', () => {
  const levels: string[] = []
  const note = pollLog({ warn: () => void levels.push('warn'), debug: () => void levels.push('debug') })
  const end = (connection: string, trouble: string | null): void =>
    note({ connection, windows: 1, messages: 0, fresh: 0, polledTo: null, trouble })
  end('a', 'shop.token: expired')
  end('a', 'shop.token: expired')
  end('b', 'shop.token: expired')
  end('a', 'shop.token: expired')
  assert.deepEqual(levels.splice(0), ['warn', 'debug', 'warn', 'debug'])
  end('a', 'shop.forbidden: no permission')
  end('a', null)
  end('a', 'shop.forbidden: no permission')
  assert.deepEqual(levels, ['warn', 'debug', 'warn'])
})
