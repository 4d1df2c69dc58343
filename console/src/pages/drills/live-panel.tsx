import { CheckCircleFilled, ExportOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Popconfirm, Segmented, Spin } from 'antd'
import { useEffect, useState } from 'react'
import { write } from '#/api/client.ts'
import type { CurrentDrill, Drill, DrillScenario } from '#/api/drill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs, nowMs } from '#/lib/time.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { CopyButton, Section } from '#/parts/small.tsx'
import { AnswerPicker } from './answer-picker.tsx'
import { speedsUpTo, wallAfter } from './clock.ts'
import { Moments } from './moments.tsx'
import { currentQuery, scenariosQuery } from './queries.ts'

/** The drill that runs: its clock, what is to be reached, hints, the answer, and what happened so far. */
export function LivePanel({ drill }: { readonly drill: Drill }) {
  const { t } = useWording()
  if (drill.state === 'starting' || drill.url === null) return <Building drill={drill} />
  return (
    <div className="hf-drill-live">
      <ClockBar drill={drill} />
      <Story drill={drill} />
      <div className="hf-drill-columns">
        <div>
          <Section title={t('drills.goals')}>
            <Goals drill={drill} />
          </Section>
          <AnswerPicker drill={drill} />
          {drill.actions.length > 0 ? <Actions drill={drill} /> : null}
          <Hints drill={drill} />
        </div>
        <Section title={t('drills.timeline')}>
          {drill.timeline.length === 0 ? (
            <p className="hf-faint">{t('drills.timelineEmpty')}</p>
          ) : (
            <Moments moments={drill.timeline} />
          )}
        </Section>
      </div>
    </div>
  )
}

function useScenario({ scenarioId }: Drill): DrillScenario | undefined {
  const { data } = useQuery(scenariosQuery())
  return data?.items.find(({ id }) => id === scenarioId)
}

function Story({ drill }: { readonly drill: Drill }) {
  const { pick } = useWording()
  const scenario = useScenario(drill)
  return (
    <section className="hf-section">
      <b>{pick(drill.title)}</b>
      {scenario ? <p className="hf-drill-told">{pick(scenario.story)}</p> : null}
    </section>
  )
}

/** Keeps what a command answered as the drill's newest look. */
export function useDrillCommand<Body>(
  path: (body: Body) => string,
  onDone?: (drill: Drill) => void,
): ReturnType<typeof useMutation<Drill, Error, Body>> {
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation<Drill, Error, Body>({
    mutationFn: (body) => write<Drill>('POST', path(body), body ?? undefined),
    onError: (error) => {
      fail(error)
      void client.invalidateQueries({ queryKey: currentQuery.queryKey })
    },
    onSuccess: (drill) => {
      keepLook(client, drill)
      onDone?.(drill)
    },
  })
}

export function keepLook(client: ReturnType<typeof useQueryClient>, drill: Drill): void {
  const isOver = drill.state === 'ended' || drill.state === 'failed'
  client.setQueryData<CurrentDrill>(currentQuery.queryKey, (old) => ({
    drill: isOver ? null : drill,
    others: old?.others ?? [],
  }))
}

function Building({ drill }: { readonly drill: Drill }) {
  const { t, pick } = useWording()
  const end = useDrillCommand<undefined>(() => `/api/drills/runs/${drill.id}/end`)
  return (
    <div className="hf-drill-building" role="status">
      <Spin size="large" />
      <h2>{t('drills.building')}</h2>
      <p>{pick(drill.title)}</p>
      <p className="hf-faint">{t('drills.buildingHint')}</p>
      <Button loading={end.isPending} onClick={() => end.mutate(undefined)}>
        {t('drills.cancelBuild')}
      </Button>
    </div>
  )
}

const TICK_MS = 200
/** Of a scenario that is gone since. */
const FASTEST = 120

/** The sandbox's time as it runs on between two looks. */
function useVirtualNow({ virtualNow, speed }: Drill): string | null {
  const [seen, setSeen] = useState({ virtualNow, at: nowMs() })
  const [now, setNow] = useState(nowMs)
  useEffect(() => setSeen({ virtualNow, at: nowMs() }), [virtualNow])
  useEffect(() => {
    const timer = window.setInterval(() => setNow(nowMs()), TICK_MS)
    return () => window.clearInterval(timer)
  }, [])
  if (seen.virtualNow === null) return null
  return wallAfter(seen.virtualNow, Math.max(0, now - seen.at) * speed)
}

function ClockBar({ drill }: { readonly drill: Drill }) {
  const { t } = useWording()
  const wall = useVirtualNow(drill)
  const most = useScenario(drill)?.speedMost ?? FASTEST
  const speed = useDrillCommand<{ speed: number }>(() => `/api/drills/runs/${drill.id}/speed`)
  const end = useDrillCommand<undefined>(() => `/api/drills/runs/${drill.id}/end`)
  // The sandbox's clock begins at the time at which it was asked for.
  const gone =
    drill.virtualNow === null
      ? null
      : Math.max(0, Math.round((epochMs(drill.virtualNow) - epochMs(drill.startedAt)) / 60_000))
  return (
    <section className="hf-drill-bar" aria-label={t('drills.clock')}>
      <div className="hf-drill-clock">
        <span className="hf-faint">{t('drills.clock')}</span>
        <time className="hf-num">
          <small>{wall?.slice(0, 10) ?? ''}</small> {wall?.slice(11) ?? '--:--:--'}
        </time>
        {gone === null ? null : (
          <span className="hf-faint">{t('drills.elapsed', { n: gone, of: drill.minutes })}</span>
        )}
      </div>
      <div className="hf-drill-speed">
        <span className="hf-faint" id="drill-speed-now">
          {t('drills.speed')}
        </span>
        <Segmented<number>
          aria-labelledby="drill-speed-now"
          value={speed.variables?.speed ?? drill.speed}
          disabled={speed.isPending}
          onChange={(next) => speed.mutate({ speed: next })}
          options={speedsUpTo(most).map((one) => ({ value: one, label: `${one}×` }))}
        />
      </div>
      <div className="hf-drill-hurt">
        <span className="hf-faint">{t('drills.hurtNow')}</span>
        <b className={`hf-num ${(drill.ordersHurt ?? 0) > 0 ? 'hf-text-bad' : ''}`}>
          {drill.ordersHurt ?? 0}
        </b>
      </div>
      <div className="hf-drill-buttons">
        <Button
          type="primary"
          size="large"
          icon={<ExportOutlined />}
          href={drill.signInUrl ?? drill.url ?? ''}
          target="_blank"
          rel="noopener noreferrer"
          title={t('drills.openHint')}
        >
          {t('drills.open')}
        </Button>
        <Popconfirm
          title={t('drills.endSure')}
          okText={t('drills.end')}
          cancelText={t('common.cancel')}
          placement="bottomRight"
          onConfirm={() => end.mutate(undefined)}
        >
          <Button size="large" danger loading={end.isPending}>
            {t('drills.end')}
          </Button>
        </Popconfirm>
      </div>
      <Tunnel url={drill.url} />
    </section>
  )
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/

/** The sandbox listens on the hub's machine alone; from another one it needs a tunnel. */
function Tunnel({ url }: { readonly url: string | null }) {
  const { t } = useWording()
  if (url === null || LOOPBACK.test(window.location.hostname) || !URL.canParse(url)) return null
  const { hostname, port } = new URL(url)
  if (!LOOPBACK.test(hostname)) return null
  const command = `ssh -L ${port}:${hostname}:${port} ${window.location.hostname}`
  return (
    <p className="hf-drill-tunnel">
      {t('drills.tunnel')} <code>{command}</code>
      <CopyButton text={command} label={t('drills.copyTunnel')} />
    </p>
  )
}

function Goals({ drill }: { readonly drill: Drill }) {
  const { t, pick } = useWording()
  return (
    <ul className="hf-drill-goals">
      {drill.goals.map((goal) => (
        <li key={goal.id} className={goal.doneAt === null ? '' : 'hf-drill-done'}>
          {goal.doneAt === null ? (
            <i className="hf-drill-open" aria-hidden="true" />
          ) : (
            <CheckCircleFilled className="hf-text-good" aria-hidden="true" />
          )}
          <span>{pick(goal.words)}</span>
          {goal.doneAt === null ? null : (
            <span className="hf-faint hf-num">{t('drills.goalAt', { at: goal.doneAt.slice(11, 16) })}</span>
          )}
        </li>
      ))}
    </ul>
  )
}

function Actions({ drill }: { readonly drill: Drill }) {
  const { t, pick } = useWording()
  const { message } = App.useApp()
  const act = useDrillCommand<{ action: string }>(
    () => `/api/drills/runs/${drill.id}/act`,
    () => void message.info(t('drills.acted')),
  )
  return (
    <Section title={t('drills.actions')}>
      <p className="hf-faint">{t('drills.actionsHint')}</p>
      <div className="hf-drill-actions">
        {drill.actions.map((one) => (
          <Button
            key={one.id}
            loading={act.isPending && act.variables.action === one.id}
            disabled={act.isPending}
            onClick={() => act.mutate({ action: one.id })}
          >
            {pick(one.words)}
          </Button>
        ))}
      </div>
    </Section>
  )
}

function Hints({ drill }: { readonly drill: Drill }) {
  const { t, pick } = useWording()
  const open = useDrillCommand<undefined>(() => `/api/drills/runs/${drill.id}/hint`)
  const { openedHints, hints } = drill
  if (hints === 0) return null
  return (
    <Section title={t('drills.hints')}>
      {openedHints.length === 0 ? <p className="hf-faint">{t('drills.noHints')}</p> : null}
      <ol className="hf-drill-hints">
        {openedHints.map((hint) => (
          <li key={hint.zh}>{pick(hint)}</li>
        ))}
      </ol>
      {openedHints.length < hints ? (
        <Button loading={open.isPending} onClick={() => open.mutate(undefined)}>
          {t('drills.openNext', { n: openedHints.length + 1, cost: drill.hintCost })}
        </Button>
      ) : (
        <p className="hf-faint">{t('drills.allHints')}</p>
      )}
    </Section>
  )
}
