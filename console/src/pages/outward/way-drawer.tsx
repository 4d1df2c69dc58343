import { useInfiniteQuery } from '@tanstack/react-query'
import { Alert, Button, Drawer, Select, Skeleton } from 'antd'
import { get } from '#/api/client.ts'
import type { CallBudget, OutwardEvent, OutwardHistory, WayOut } from '#/api/outward-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { dateTime } from '#/lib/time.ts'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { ForceForm } from './force-form.tsx'
import { LimitForm } from './limit-form.tsx'
import { OUTWARD, useOutwardChange, useOutwardWord } from './use-outward.ts'
import { BreakerTag, MinuteSpark, StateHint } from './way-parts.tsx'

/** One connection's way out: why its breaker stands as it does, and what a person may set. */
export function WayDrawer({
  id,
  way,
  ways,
  budget,
  onClose,
}: {
  readonly id: string
  readonly way: WayOut | undefined
  readonly ways: readonly WayOut[]
  readonly budget: CallBudget | undefined
  readonly onClose: () => void
}) {
  const { t } = useWording()
  return (
    <Drawer open onClose={onClose} size={640} className="hf-drawer" title={way?.name ?? id}>
      {way === undefined ? (
        <Alert type="info" showIcon title={t('outward.gone')} />
      ) : (
        <Body way={way} ways={ways} budget={budget} />
      )}
    </Drawer>
  )
}

function Body({
  way,
  ways,
  budget,
}: {
  readonly way: WayOut
  readonly ways: readonly WayOut[]
  readonly budget: CallBudget | undefined
}) {
  const { t, count } = useWording()
  const canWrite = useCan()('connections:write')
  const word = useOutwardWord()
  return (
    <div className="hf-order hf-outward">
      <div className="hf-tags hf-tags-large">
        <BreakerTag way={way} />
        <StateHint way={way} />
      </div>
      {way.forced ? (
        <p className="hf-faint">
          {t('outward.forced.by', {
            by: way.forced.by,
            until: dateTime(way.forced.until),
            reason: way.forced.reason,
          })}
        </p>
      ) : null}
      {way.cause && way.cause !== 'forced' && !way.forced ? (
        <p className="hf-faint">
          {word('cause', way.cause)} · <FullTime at={way.since} />
        </p>
      ) : null}
      <MinuteSpark minutes={way.minutes} />
      <Facts
        items={[
          [
            t('outward.col.errors'),
            <span key="errors" className="hf-num">
              {count(way.errors)} / {count(way.calls)}
            </span>,
          ],
          [
            t('outward.col.waiting'),
            <span key="waiting" className="hf-num">
              {count(way.waiting)}
            </span>,
          ],
        ]}
      />
      {canWrite ? <ForceForm way={way} /> : null}
      {budget ? <LimitForm budget={budget} canWrite={canWrite} /> : null}
      {way.backups.length > 0 ? <Backups way={way} ways={ways} canWrite={canWrite} /> : null}
      <History id={way.id} />
    </div>
  )
}

function Backups({
  way,
  ways,
  canWrite,
}: {
  readonly way: WayOut
  readonly ways: readonly WayOut[]
  readonly canWrite: boolean
}) {
  const { t } = useWording()
  const word = useOutwardWord()
  const change = useOutwardChange('outward.backup.saved')
  return (
    <Section title={t('outward.backup')}>
      <p className="hf-faint">{t('outward.backupHint')}</p>
      {way.backups.map(({ capability, connection }) => {
        const others = ways.filter(
          (one) => one.id !== way.id && one.backups.some((backup) => backup.capability === capability),
        )
        return (
          <div key={capability} className="hf-inline">
            <span>{word('capability', capability)}</span>
            <Select
              allowClear
              className="hf-filter"
              disabled={!canWrite || (others.length === 0 && connection === null)}
              loading={change.isPending}
              aria-label={word('capability', capability)}
              placeholder={t(others.length === 0 ? 'outward.backup.noOther' : 'outward.backup.none')}
              value={connection?.id ?? null}
              options={others.map(({ id, name }) => ({ value: id, label: name }))}
              popupMatchSelectWidth={false}
              onChange={(backup: string | undefined) =>
                change.mutate({
                  method: 'PUT',
                  path: `/${encodeURIComponent(way.id)}/backup`,
                  body: { capability, backup: backup ?? null },
                })
              }
            />
          </div>
        )
      })}
    </Section>
  )
}

function History({ id }: { readonly id: string }) {
  const { t, count } = useWording()
  const word = useOutwardWord()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['outward-history', id],
    queryFn: ({ signal, pageParam }) =>
      get<OutwardHistory>(
        `${OUTWARD}/${encodeURIComponent(id)}/history`,
        { cursor: pageParam, limit: 20 },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: 5_000,
  })
  if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton active />
  const events = data.pages.flatMap((page) => page.items)
  const codes = sumCodes(data.pages[0])
  return (
    <>
      <Section title={t('outward.codes')}>
        {codes.length === 0 ? (
          <p className="hf-faint">{t('outward.codes.none')}</p>
        ) : (
          <Facts
            items={codes.map(([code, n]) => [
              word('code', code),
              <span key={code} className="hf-num">
                {count(n)}
              </span>,
            ])}
          />
        )}
      </Section>
      <Section title={t('outward.history')}>
        {events.length === 0 ? <p className="hf-faint">{t('outward.history.none')}</p> : null}
        <ol className="hf-ow-events">
          {events.map((event) => (
            <EventLine key={event.id} event={event} />
          ))}
        </ol>
        {hasNextPage ? (
          <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('list.goOn')}
          </Button>
        ) : null}
      </Section>
    </>
  )
}

function EventLine({ event }: { readonly event: OutwardEvent }) {
  const { t } = useWording()
  const word = useOutwardWord()
  const { errors, calls, reason } = event.evidence
  return (
    <li>
      <TimeText at={event.at} />
      <span>
        <b>{word('state', event.to)}</b>
        <span className="hf-faint">
          {' '}
          {word('cause', event.cause)}
          {errors !== undefined && calls !== undefined
            ? ` · ${t('outward.figures', { errors: Number(errors), calls: Number(calls) })}`
            : ''}
          {reason === undefined ? '' : ` · ${reason}`}
          {event.actor === 'hub' ? '' : ` · ${t('outward.history.by', { actor: event.actor })}`}
        </span>
      </span>
    </li>
  )
}

function sumCodes(history: OutwardHistory | undefined): (readonly [string, number])[] {
  const sum = new Map<string, number>()
  for (const { codes } of history?.minutes ?? [])
    for (const [code, n] of Object.entries(codes)) sum.set(code, (sum.get(code) ?? 0) + n)
  return [...sum].sort((one, other) => other[1] - one[1])
}
