import { useMemo } from 'react'
import type { Alarm } from '#/api/alarm-types.ts'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'

export function useTargetWords(): (alarm: Pick<Alarm, 'subject' | 'evidence'>) => string {
  const { t } = useWording()
  const connections = useConnections()
  return useMemo(() => {
    const names = new Map(connections.map(({ id, name }) => [id, name]))
    return (alarm) => targetWords(alarm, names, t('alarms.wholeHub'))
  }, [t, connections])
}

/**
 * What an alarm is about, in words that people use: the connection's or the account's name, the carrier and the warehouse, or the whole
 * hub. `names` by connection id.
 */
function targetWords(
  { subject, evidence }: Pick<Alarm, 'subject' | 'evidence'>,
  names: ReadonlyMap<string, string>,
  wholeHub: string,
): string {
  if (subject === 'hub') return wholeHub
  const name = names.get(subject.replace(/^queue:/, ''))
  if (name !== undefined) return name
  const own = evidence.account ?? evidence.endpoint
  if (/^\d+$/.test(subject) && typeof own === 'string') return own
  const parts = subject.split('|').filter((part) => part !== '')
  return parts.length === 0 ? wholeHub : parts.join(' · ')
}
