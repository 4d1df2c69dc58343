// A process of its own that decides with what is live: told by argv[2] (JSON), says `{version, at}` whenever another version decides.
import { openDatabase } from '#platform/postgres/database.ts'
import { feePart, openTestRulebook } from '#test-support/rulebook.ts'

const { url } = JSON.parse(process.argv[2] ?? '{}') as { url: string }
const db = openDatabase({ url, connections: 2 })
const { directory } = await openTestRulebook(db, { kinds: [feePart] })
const tell = (): void => {
  const chosen = directory.choose('fee', { connection: 'x', connectorKind: 'bench', key: 'NO-1' })
  process.send?.({
    version: chosen?.versionId.toString() ?? null,
    at: performance.timeOrigin + performance.now(),
  })
}
directory.onChange(tell)
tell()
process.once('disconnect', () => void directory.stop().then(() => db.end()))
