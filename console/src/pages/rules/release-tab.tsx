import { useQuery } from '@tanstack/react-query'
import { Button, InputNumber, Slider, Space } from 'antd'
import { useEffect, useState } from 'react'
import { get } from '#/api/client.ts'
import type { ArmFigures, GuardState, Guards, GuardTest, RuleKind, RuleSet } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { Countdown } from '#/parts/countdown.tsx'
import { ProblemNotice, useRefusalText } from '#/parts/problem-notice.tsx'
import { majorText } from '#/parts/rule-words.ts'
import { Facts, Section, TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { percentText } from './release-steps.ts'
import { PromoteDialog, RollbackDialog, useSetAction } from './set-actions.tsx'

const EVERY_MS = 2_000
const WHOLE_BPS = 10_000

/** The gray version while it is watched: its share of the orders, what the guards saw of both arms, and when it is promoted. */
export function ReleaseTab({ set, kind }: { readonly set: RuleSet; readonly kind: RuleKind }) {
  const { t, pick } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['rule-guards', set.id],
    queryFn: ({ signal }) => get<Guards>(`${RULES}/sets/${set.id}/guards`, {}, signal),
    refetchInterval: EVERY_MS,
    staleTime: 0,
  })
  if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  return (
    <>
      {set.gray ? <GrayNow set={set} /> : null}
      {!set.gray ? (
        <Section title={t('rules.noGray.title')}>
          <p className="hf-faint">{t(kind.gray ? 'rules.noGray.hint' : 'rules.noGray.kind')}</p>
        </Section>
      ) : null}
      <Section title={t('rules.guards')}>
        <p className="hf-faint">{t('rules.guardsHint')}</p>
        {data && data.guards.length > 0 && data.watch !== null ? (
          <GuardTable guards={data.guards} />
        ) : (
          <ul className="hf-intents">
            {(data?.guards ?? kind.guards).map((guard) => (
              <li key={guard.metric}>
                {pick(guard.label)} <span className="hf-faint">{testWords(guard.test, t)}</span>
              </li>
            ))}
            {data && data.guards.length === 0 ? (
              <TeachingEmpty title={t('rules.noGuards')} hint={t('rules.guardsHint')} />
            ) : null}
          </ul>
        )}
      </Section>
    </>
  )
}

function GrayNow({ set }: { readonly set: RuleSet }) {
  const { t } = useWording()
  const can = useCan()('rules:publish')
  const refusal = useRefusalText()
  const [dialog, setDialog] = useState<'promote' | 'rollback' | null>(null)
  if (!set.gray) return null
  return (
    <Section
      title={t('rules.grayNow', { n: set.gray.number })}
      extra={
        can ? (
          <>
            <Button type="primary" onClick={() => setDialog('promote')}>
              {t('rules.promote')}
            </Button>
            <Button danger onClick={() => setDialog('rollback')}>
              {t('rules.rollback')}
            </Button>
          </>
        ) : null
      }
    >
      <div className="hf-gray">
        <Facts
          items={[
            [t('rules.liveVersion'), set.live ? `v${set.live.number}` : t('common.none')],
            [t('rules.since'), <FullTime key="since" at={set.grayStartedAt} />],
            [
              t('rules.promotes'),
              set.grayUntil ? (
                <Countdown key="until" dueAt={set.grayUntil} warnAt={null} />
              ) : (
                t('rules.promotesByHand')
              ),
            ],
          ]}
        />
        {can ? <Share set={set} /> : <b className="hf-num">{percentText(set.grayBps)}%</b>}
      </div>
      <p className="hf-faint">{t('rules.shareHint')}</p>
      {set.grayWaits ? (
        <p>
          {t('rules.grayWaits')}{' '}
          {set.grayWaits === 'few_decisions' ? t('rules.fewDecisions') : refusal(set.grayWaits, null)}
        </p>
      ) : null}
      {can ? <Extend set={set} /> : null}
      {dialog === 'promote' ? <PromoteDialog set={set} onClose={() => setDialog(null)} /> : null}
      {dialog === 'rollback' ? <RollbackDialog set={set} onClose={() => setDialog(null)} /> : null}
    </Section>
  )
}

function Share({ set }: { readonly set: RuleSet }) {
  const { t } = useWording()
  const [bps, setBps] = useState(set.grayBps)
  useEffect(() => setBps(set.grayBps), [set.grayBps])
  const action = useSetAction(set.id, t('rules.shareSet'))
  return (
    <div className="hf-gray-share">
      <Slider
        min={1}
        max={WHOLE_BPS}
        value={bps}
        onChange={setBps}
        ariaLabelForHandle={t('rules.share')}
        marks={{ 500: '5%', 2500: '25%', 5000: '50%', 10000: '100%' }}
        tooltip={{ formatter: (value) => `${percentText(value ?? 0)}%` }}
      />
      <InputNumber
        min={0.01}
        max={100}
        precision={2}
        suffix="%"
        aria-label={t('rules.share')}
        value={bps / 100}
        onChange={(percent) => setBps(Math.round((percent ?? 0) * 100))}
      />
      <Button
        disabled={bps === set.grayBps || bps === 0}
        loading={action.isPending}
        onClick={() => action.mutate({ path: `/sets/${set.id}/share`, body: { bps } })}
      >
        {t('rules.setShare')}
      </Button>
    </div>
  )
}

/** More time before it is promoted by itself, counted from now. */
function Extend({ set }: { readonly set: RuleSet }) {
  const { t } = useWording()
  const [minutes, setMinutes] = useState(120)
  const action = useSetAction(set.id, t('rules.extended'))
  return (
    <Space>
      <span className="hf-faint">{t('rules.extendHint')}</span>
      <InputNumber
        min={1}
        max={43_200}
        precision={0}
        value={minutes}
        onChange={(n) => setMinutes(n ?? 120)}
        suffix={t('rules.minutes')}
        aria-label={t('rules.watchMinutes')}
      />
      <Button
        loading={action.isPending}
        onClick={() =>
          action.mutate({
            path: `/sets/${set.id}/share`,
            body: { bps: set.grayBps, watchMinutes: minutes },
          })
        }
      >
        {t('rules.extend')}
      </Button>
    </Space>
  )
}

function GuardTable({ guards }: { readonly guards: readonly GuardState[] }) {
  const { t, pick } = useWording()
  return (
    <div className="hf-scroll-x">
      <table className="hf-plain-table hf-guards">
        <thead>
          <tr>
            <th>{t('rules.guard')}</th>
            <th>{t('rules.guardTest')}</th>
            <th className="hf-right">{t('rules.armLive')}</th>
            <th className="hf-right">{t('rules.armGray')}</th>
            <th>{t('rules.verdict')}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {guards.map((guard) => (
            <tr key={guard.metric}>
              <td>{pick(guard.label)}</td>
              <td className="hf-faint">{testWords(guard.test, t)}</td>
              <td className="hf-right hf-num">{armText(guard, guard.live)}</td>
              <td className="hf-right hf-num">{armText(guard, guard.gray)}</td>
              <td>
                <CodeTag family="guardVerdict" code={guard.verdict} dot />
              </td>
              <td className="hf-faint">{pick(guard.words)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function testWords(test: GuardTest, t: ReturnType<typeof useWording>['t']): string {
  if (test.is === 'never') return t('rules.test.never')
  if (test.is === 'mean') return t('rules.test.mean', { share: percentText(test.toleranceBps) })
  return t('rules.test.share', {
    healthy: percentText(test.healthyBps),
    broken: percentText(test.brokenBps),
  })
}

/** `3 / 120`, or for means `12.40 (120)`: what the test looks at, and of how many. */
function armText({ test, currency }: GuardState, arm: ArmFigures): string {
  if (arm.n === 0) return '–'
  if (test.is !== 'mean') return `${arm.bad} / ${arm.n}`
  if (arm.mean === null) return `– (${arm.n})`
  return `${meanText(arm.mean, test.figure, currency ?? 'CNY')} (${arm.n})`
}

function meanText(mean: number, figure: 'money' | 'share' | undefined, currency: string): string {
  if (figure === 'money') return majorText(String(Math.round(mean)), currency)
  if (figure === 'share') return `${percentText(Math.round(mean * WHOLE_BPS))}%`
  return (Math.round(mean * 100) / 100).toString()
}
