import { useCallback, useMemo } from 'react'
import type { Alarm } from '#/api/alarm-types.ts'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useCarrierName } from '#/parts/carrier-name.tsx'
import { useWarehouseName } from '#/parts/warehouse-name.tsx'

type Named = Pick<Alarm, 'subject' | 'evidence'>
type Names = {
  readonly connection: ReadonlyMap<string, string>
  readonly carrier: (code: string) => string
  readonly warehouse: (code: string) => string
  readonly wholeHub: string
}

export function useTargetWords(): (alarm: Named) => string {
  const { t } = useWording()
  const connections = useConnections()
  const carrier = useCarrierName()
  const warehouse = useWarehouseName()
  const connection = useMemo(() => new Map(connections.map(({ id, name }) => [id, name])), [connections])
  return useCallback(
    (alarm) => targetWords(alarm, { connection, carrier, warehouse, wholeHub: t('alarms.wholeHub') }),
    [connection, carrier, warehouse, t],
  )
}

/** What an alarm is about, in words that people use: the connection's or the account's name, the carrier and the warehouse, or the whole hub. */
function targetWords({ subject, evidence }: Named, names: Names): string {
  if (subject === 'hub') return names.wholeHub
  const connection = names.connection.get(subject.replace(/^queue:/, ''))
  if (connection !== undefined) return connection
  const own = evidence.account ?? evidence.endpoint
  if (/^\d+$/.test(subject) && typeof own === 'string') return own
  if (!subject.includes('|')) return subject
  const [carrier = '', warehouse = ''] = subject.split('|')
  const parts = [carrier && names.carrier(carrier), warehouse && names.warehouse(warehouse)]
  return parts.filter((part) => part !== '').join(' · ') || names.wholeHub
}
