import { CheckOutlined, CloseOutlined, LoadingOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { App, Button, Popconfirm } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { CheckedVersion, DryRun, RuleKind, RuleSet, VersionBrief } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import type { RuleSetPlace } from '#/app/rule-searches.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { AcceptDialog } from './dry-run-card.tsx'
import { nextStep, type ReleaseStep, releaseSteps } from './release-steps.ts'
import { useCases, useDryRuns, useRefreshSet } from './rule-queries.ts'
import { ApprovalButtons, ApprovalDialog, GrayDialog, LiveDialog, useSetAction } from './set-actions.tsx'

type Tab = NonNullable<RuleSetPlace['tab']>
type Dialog = 'gray' | 'live' | 'approve' | 'reject' | 'accept' | null
/** Days of orders that the wizard tries a draft on. */
const DAYS = 7

/** The way of a draft to its first orders: each step with its tick, what it lacks, and the button that does it. */
export function ReleaseBar({
  set,
  draft,
  kind,
  unsaved,
  onTab,
}: {
  readonly set: RuleSet
  readonly draft: VersionBrief
  readonly kind: RuleKind
  readonly unsaved: boolean
  readonly onTab: (tab: Tab) => void
}) {
  const { t } = useWording()
  const can = useCan()
  const [dialog, setDialog] = useState<Dialog>(null)
  const runs = useDryRuns(set.id)
  const cases = useCases(set.id)
  const run = runs.data?.items.find((one) => one.versionId === draft.id)
  const steps = releaseSteps(draft, kind, run, cases.data?.items.length)
  const next = nextStep(steps)
  const check = useSetAction<CheckedVersion>(set.id, t('rules.checkedDone'))
  const tryOut = useSetAction<{ dryRun: DryRun }>(set.id, t('rules.dryRunStarted'), () => onTab('dry-runs'))
  const runCheck = () => check.mutate({ path: `/versions/${draft.id}/check`, body: {} })
  const runDry = () =>
    tryOut.mutate({ path: `/versions/${draft.id}/dry-runs`, body: { days: DAYS, againstVersionId: null } })
  const actionsOf = (step: ReleaseStep) => {
    switch (step.id) {
      case 'check':
        return (
          <>
            {step.state === 'failed' ? (
              <Button size="small" onClick={() => onTab('canvas')}>
                {t('rules.seeFindings')}
              </Button>
            ) : null}
            {step.state === 'done' || !can('rules:write') ? null : (
              <Button
                size="small"
                type="primary"
                loading={check.isPending}
                disabled={unsaved}
                onClick={runCheck}
              >
                {t('rules.check')}
              </Button>
            )}
          </>
        )
      case 'cases':
        return (
          <>
            <Button size="small" onClick={() => onTab('cases')}>
              {t('rules.seeCases')}
            </Button>
            {(step.state === 'todo' || step.state === 'failed') && can('rules:write') ? (
              <Button
                size="small"
                type={next?.id === 'cases' ? 'primary' : 'default'}
                loading={check.isPending}
                disabled={unsaved}
                onClick={runCheck}
              >
                {t('rules.runCases')}
              </Button>
            ) : null}
          </>
        )
      case 'dryRun':
        return (
          <>
            {run ? (
              <Button size="small" onClick={() => onTab('dry-runs')}>
                {t('rules.seeDryRun')}
              </Button>
            ) : null}
            {step.state === 'decide' && can('rules:write') ? (
              <Button size="small" type="primary" onClick={() => setDialog('accept')}>
                {t('rules.acceptShort')}
              </Button>
            ) : null}
            {(step.state === 'todo' || step.state === 'failed') && can('rules:write') ? (
              <Button
                size="small"
                type={next?.id === 'dryRun' ? 'primary' : 'default'}
                disabled={unsaved || draft.state !== 'checked'}
                loading={tryOut.isPending}
                onClick={runDry}
              >
                {t('rules.dryRunDays', { n: DAYS })}
              </Button>
            ) : null}
          </>
        )
      case 'release':
        if (!can('rules:publish')) return null
        if (step.state === 'waiting') return <ApprovalButtons set={set} version={draft} onAsk={setDialog} />
        return (
          <>
            {kind.gray ? (
              <Button
                size="small"
                type={step.state === 'todo' ? 'primary' : 'default'}
                disabled={step.state !== 'todo' || unsaved}
                onClick={() => setDialog('gray')}
              >
                {t('rules.toGray')}
              </Button>
            ) : null}
            <Button
              size="small"
              type={kind.gray || step.state !== 'todo' ? 'default' : 'primary'}
              disabled={draft.state !== 'checked' || unsaved}
              onClick={() => setDialog('live')}
            >
              {t('rules.toLive')}
            </Button>
          </>
        )
    }
  }
  return (
    <>
      <ol className="hf-release" aria-label={t('rules.release')}>
        {steps.map((step, i) => (
          <li key={step.id} data-next={next?.id === step.id} data-step={step.id} data-state={step.state}>
            <Mark step={step} n={i + 1} />
            <span className="hf-release-words">
              <b>{t(step.id === 'release' && !kind.gray ? 'rules.step.live' : `rules.step.${step.id}`)}</b>
              <span className="hf-faint">{stepWords(step, unsaved, t)}</span>
            </span>
            <span className="hf-release-actions">{actionsOf(step)}</span>
          </li>
        ))}
        {can('rules:write') ? <DropDraft set={set} draft={draft} /> : null}
      </ol>
      {dialog === 'gray' ? <GrayDialog set={set} draft={draft} onClose={() => setDialog(null)} /> : null}
      {dialog === 'live' ? (
        <LiveDialog set={set} draft={draft} gray={kind.gray} onClose={() => setDialog(null)} />
      ) : null}
      {dialog === 'approve' || dialog === 'reject' ? (
        <ApprovalDialog set={set} version={draft} answer={dialog} onClose={() => setDialog(null)} />
      ) : null}
      {dialog === 'accept' && run ? (
        <AcceptDialog set={set} run={run} onClose={() => setDialog(null)} />
      ) : null}
    </>
  )
}

function Mark({ step, n }: { readonly step: ReleaseStep; readonly n: number }) {
  const { t } = useWording()
  const icon =
    step.state === 'done' ? (
      <CheckOutlined />
    ) : step.state === 'failed' ? (
      <CloseOutlined />
    ) : step.state === 'running' ? (
      <LoadingOutlined />
    ) : (
      n
    )
  return (
    <span
      className="hf-release-mark"
      data-state={step.state}
      role="img"
      aria-label={t(`rules.stepState.${step.state}`)}
    >
      {icon}
    </span>
  )
}

function stepWords({ id, state, count }: ReleaseStep, unsaved: boolean, t: Wording['t']): string {
  if (unsaved && state !== 'done') return t('rules.savingFirst')
  if (id === 'check') {
    if (state === 'failed') return t('rules.words.checkFailed', { n: count })
    if (state === 'done')
      return count > 0 ? t('rules.words.warnings', { n: count }) : t('rules.words.checkDone')
    return t('rules.words.checkTodo')
  }
  if (id === 'cases') {
    if (state === 'failed') return t('rules.words.casesFailed')
    if (state === 'blocked') return t('rules.words.casesBlocked')
    if (state === 'done') return t('rules.words.casesDone', { n: count })
    return t('rules.words.casesTodo', { n: count })
  }
  if (id === 'dryRun') {
    if (state === 'done') return t('rules.words.dryDone')
    if (state === 'running') return t('rules.words.dryRunning', { n: count })
    if (state === 'decide') return t('rules.words.dryDecide', { n: count })
    if (state === 'failed') return t('rules.words.dryFailed')
    return t('rules.words.dryTodo')
  }
  if (state === 'waiting') return t('rules.words.waiting')
  return t(state === 'todo' ? 'rules.words.ready' : 'rules.words.blocked')
}

function DropDraft({ set, draft }: { readonly set: RuleSet; readonly draft: VersionBrief }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refresh = useRefreshSet(set.id)
  const drop = useMutation({
    mutationFn: () => write('DELETE', `${RULES}/versions/${draft.id}`),
    onError: fail,
    onSettled: refresh,
    onSuccess: () => void message.success(t('rules.dropped')),
  })
  return (
    <li className="hf-release-drop">
      <Popconfirm
        title={t('rules.dropConfirm', { n: draft.number })}
        okText={t('rules.drop')}
        cancelText={t('common.cancel')}
        okButtonProps={{ danger: true }}
        onConfirm={() => drop.mutate()}
      >
        <Button size="small" type="text" loading={drop.isPending}>
          {t('rules.drop')}
        </Button>
      </Popconfirm>
    </li>
  )
}
