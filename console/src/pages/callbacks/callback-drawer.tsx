import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Drawer, InputNumber, Radio, Skeleton } from 'antd'
import { useState } from 'react'
import type { CallbackDetail, CallbackHealth } from '#/api/callback-types.ts'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { CallbackAddress } from './callback-address.tsx'
import { DayChart, RhythmMap } from './charts.tsx'
import { rateText } from './figures.ts'
import { useReason } from './use-reason.ts'

const pathOf = (id: string): string => `/api/callbacks/${encodeURIComponent(id)}`

/** One connection: its day, its rhythm, what was refused, and the address by which it is called. */
export function CallbackDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['callback', id],
    queryFn: ({ signal }) => get<CallbackDetail>(pathOf(id), {}, signal),
    refetchInterval: 10_000,
  })
  return (
    <Drawer
      open
      onClose={onClose}
      size={680}
      className="hf-drawer"
      title={data?.health.connection.name ?? id}
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
      {data ? <Body detail={data} /> : null}
    </Drawer>
  )
}

/** A change or a question to the platform; its answer is the whole page of the drawer again. */
export function useCallbackChange(id: string, method: 'PUT' | 'POST', path: string) {
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (body: object | undefined) => write<CallbackDetail>(method, path, body),
    onError: fail,
    onSuccess: (detail) => {
      client.setQueryData(['callback', id], detail)
      void client.invalidateQueries({ queryKey: ['callbacks'] })
    },
  })
}

function Body({ detail: { health, steps, rhythm } }: { readonly detail: CallbackDetail }) {
  const { t } = useWording()
  const reason = useReason()(health)
  return (
    <div className="hf-order">
      <div className="hf-tags hf-tags-large">
        {health.troubles.length === 0 ? (
          <CodeTag family="callbackVerdict" code={health.verdict} dot />
        ) : (
          health.troubles.map((code) => <CodeTag key={code} family="callbackVerdict" code={code} dot />)
        )}
      </div>
      <p>{reason}</p>
      <Silence health={health} />
      <Section
        title={t('callbacks.day24')}
        extra={
          <Link to="/messages" search={{ connection: health.connection.id }}>
            {t('callbacks.seeMessages')}
          </Link>
        }
      >
        <DayChart steps={steps} />
      </Section>
      <Answers health={health} />
      {health.address.ours === null ? null : <CallbackAddress health={health} />}
      <Section
        title={t('callbacks.rhythm')}
        extra={
          health.rhythmWeeks === null ? null : (
            <span className="hf-faint">{t('callbacks.learned', { n: Math.max(1, health.rhythmWeeks) })}</span>
          )
        }
      >
        {rhythm === null ? (
          <p className="hf-faint">{t('callbacks.noRhythm')}</p>
        ) : (
          <RhythmMap rhythm={rhythm} />
        )}
      </Section>
      <Watch health={health} />
    </div>
  )
}

function Silence({
  health: { silence, lastMessageAt, expectedPerHour },
}: {
  readonly health: CallbackHealth
}) {
  const { t, duration } = useWording()
  return (
    <Facts
      items={[
        [
          t('callbacks.last'),
          lastMessageAt ? <FullTime key="last" at={lastMessageAt} /> : t('callbacks.neverYet'),
        ],
        [t('callbacks.silentFor'), silence === null ? '–' : duration(Math.floor(silence.minutes) * 60)],
        [
          t('callbacks.expectedNow'),
          expectedPerHour === null ? '–' : t('callbacks.perHour', { n: rateText(expectedPerHour) }),
        ],
        [t('callbacks.expectedSince'), silence?.expected == null ? '–' : rateText(silence.expected)],
        [t('callbacks.chance'), silence?.probability == null ? '–' : chanceText(silence.probability)],
      ]}
    />
  )
}

function chanceText(probability: number): string {
  if (probability >= 0.001) return `${(probability * 100).toFixed(1)}%`
  return probability < 1e-9 ? '< 1e-9' : probability.toExponential(1)
}

function Answers({ health: { statuses, codes, hour, ackDeadlineMs } }: { readonly health: CallbackHealth }) {
  const { t, count } = useWording()
  const rows = Object.entries(codes)
  return (
    <Section title={t('callbacks.answers')}>
      <div className="hf-tags">
        {Object.entries(statuses).map(([status, n]) => (
          <Tag key={status} tone={status < '400' ? 'good' : status < '500' ? 'bad' : 'wait'}>
            <span className="hf-num">
              {status} × {count(n)}
            </span>
          </Tag>
        ))}
        {Object.keys(statuses).length === 0 ? (
          <span className="hf-faint">{t('callbacks.noAnswers')}</span>
        ) : null}
        {hour.late > 0 ? <Tag tone="bad">{t('callbacks.late', { n: count(hour.late) })}</Tag> : null}
        <span className="hf-push hf-faint">
          {ackDeadlineMs === null
            ? t('callbacks.noDeadline')
            : t('callbacks.deadline', { ms: ackDeadlineMs })}
        </span>
      </div>
      {rows.length > 0 ? (
        <ul className="hf-changes">
          {rows.map(([code, n]) => (
            <li key={code}>
              <code>{code}</code> <span className="hf-num">{count(n)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </Section>
  )
}

type Mode = 'learned' | 'fixed' | 'off'

function Watch({ health }: { readonly health: CallbackHealth }) {
  const { t } = useWording()
  const { id } = health.connection
  const canWrite = useCan()('connections:write')
  const change = useCallbackChange(id, 'PUT', pathOf(id))
  const [minutes, setMinutes] = useState(health.silenceMinutes ?? 60)
  const mode: Mode = !health.watched ? 'off' : health.silenceMinutes === null ? 'learned' : 'fixed'
  const choose = (next: Mode) =>
    change.mutate({ watched: next !== 'off', silenceMinutes: next === 'fixed' ? minutes : null })
  return (
    <Section title={t('callbacks.watch')}>
      <Radio.Group
        value={mode}
        disabled={!canWrite || change.isPending}
        onChange={(event) => choose(event.target.value as Mode)}
      >
        <Radio value="learned">{t('callbacks.watch.learned')}</Radio>
        <Radio value="fixed">{t('callbacks.watch.fixed')}</Radio>
        <Radio value="off">{t('callbacks.watch.off')}</Radio>
      </Radio.Group>
      {mode === 'fixed' ? (
        <InputNumber
          min={1}
          max={10_080}
          value={minutes}
          disabled={!canWrite}
          suffix={t('callbacks.minutes')}
          aria-label={t('callbacks.watch.fixed')}
          onChange={(value) => setMinutes(value ?? 60)}
          onBlur={() => {
            if (minutes !== health.silenceMinutes) change.mutate({ watched: true, silenceMinutes: minutes })
          }}
        />
      ) : null}
      <p className="hf-faint">{t(`callbacks.watch.${mode}Hint`)}</p>
    </Section>
  )
}
