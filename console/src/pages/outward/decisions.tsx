import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { get } from '#/api/client.ts'
import type { RouteDecision, WayOut } from '#/api/outward-types.ts'
import type { Page } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Section } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { OUTWARD, useOutwardWord } from './use-outward.ts'

const SHOWN = 10

/** Calls that another connection made, newest first; nothing where there were none. */
export function Decisions({ ways }: { readonly ways: readonly WayOut[] }) {
  const { t } = useWording()
  const word = useOutwardWord()
  const { data } = useQuery({
    queryKey: ['outward-decisions'],
    queryFn: ({ signal }) => get<Page<RouteDecision>>(`${OUTWARD}/decisions`, { limit: SHOWN }, signal),
    refetchInterval: 10_000,
  })
  if (!data || data.items.length === 0) return null
  const nameOf = (id: string) => ways.find((way) => way.id === id)?.name ?? id
  return (
    <Section title={t('outward.decisions')}>
      <ol className="hf-ow-events">
        {data.items.map((one) => (
          <li key={one.id}>
            <TimeText at={one.at} />
            <span>
              {word('capability', one.capability)}{' '}
              {one.orderId ? (
                <Link to="." search={(old) => ({ ...old, order: one.orderId as string })} preload={false}>
                  {one.subject ?? one.orderId}
                </Link>
              ) : (
                <span className="hf-num">{one.subject}</span>
              )}{' '}
              <span className="hf-faint">
                {nameOf(one.wanted)} → {nameOf(one.taken)}
              </span>
            </span>
          </li>
        ))}
      </ol>
    </Section>
  )
}
