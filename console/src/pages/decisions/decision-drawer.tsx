import { PartitionOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { App, Button, Drawer, Skeleton, Space } from 'antd'
import { write } from '#/api/client.ts'
import type { DecisionDetail, RuleKind } from '#/api/rule-types.ts'
import { RULES, useDecidingVersion, useDecision, useRuleKind } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { DecisionPath } from '#/parts/decision-path.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { inputValues, type NamedValue, namedValues } from '#/parts/rule-words.ts'
import { CopyButton, Facts, Section } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'

/** One decision: from what, by which version, on which way, to what; and from here to the lit canvas or into the test cases. */
export function DecisionDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useWording()
  const { data, error, refetch } = useDecision(id)
  const kind = useRuleKind(data?.kind)
  return (
    <Drawer
      open
      size={820}
      className="hf-drawer"
      onClose={onClose}
      title={
        <span className="hf-drawer-title">
          <span className="hf-num">{t('decisions.of', { no: data?.orderNo ?? '…' })}</span>
          {data ? <CopyButton text={JSON.stringify(data, null, 2)} label={t('decisions.copyJson')} /> : null}
        </span>
      }
      extra={data ? <Actions decision={data} /> : null}
    >
      {error && !data ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
      {data ? <Body decision={data} kind={kind} /> : null}
    </Drawer>
  )
}

function Actions({ decision }: { readonly decision: DecisionDetail }) {
  const { t } = useWording()
  const can = useCan()('rules:write')
  const navigate = useNavigate()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const keep = useMutation({
    mutationFn: () =>
      write('POST', `${RULES}/sets/${decision.setId}/cases`, {
        name: t('decisions.caseName', { no: decision.orderNo, n: decision.number }),
        input: decision.input,
        expected: {
          outcome: decision.decision.outcome,
          values: decision.decision.values,
          actions: decision.decision.actions.map(({ action, params }) => ({ action, params })),
        },
        origin: 'order',
      }),
    onError: fail,
    onSuccess: () => void message.success(t('rules.case.added')),
  })
  return (
    <Space>
      {can ? (
        <Button loading={keep.isPending} onClick={() => keep.mutate()}>
          {t('decisions.keepCase')}
        </Button>
      ) : null}
      <Button
        type="primary"
        icon={<PartitionOutlined />}
        onClick={() =>
          void navigate({
            to: '/rules/$setId',
            params: { setId: decision.setId },
            search: { tab: 'canvas', decision: decision.id },
          })
        }
      >
        {t('decisions.seeCanvas')}
      </Button>
    </Space>
  )
}

function Body({
  decision,
  kind,
}: {
  readonly decision: DecisionDetail
  readonly kind: RuleKind | undefined
}) {
  const wording = useWording()
  const { t, pick } = wording
  const { openOrder } = useOverlay()
  const version = useDecidingVersion(decision.versionId)
  const { currency } = decision.input
  const values = namedValues(decision.decision.values, kind?.values ?? [], currency, wording)
  const { orderId } = decision
  return (
    <div className="hf-order">
      <div className="hf-tags hf-tags-large">
        <CodeTag family="ruleOutcome" code={decision.outcome} dot />
        <b>{pick(decision.words)}</b>
        <CodeTag family="ruleArm" code={decision.arm} />
      </div>
      {decision.outcome === 'review' ? (
        <p>
          {pick(decision.reason)} {decision.code ? <code className="hf-faint">{decision.code}</code> : null}
        </p>
      ) : null}
      <Facts
        items={[
          [
            t('decisions.col.set'),
            <Link
              key="set"
              to="/rules/$setId"
              params={{ setId: decision.setId }}
              search={{ tab: 'canvas', version: decision.versionId }}
            >
              {decision.setName} v{decision.number}
            </Link>,
          ],
          [t('decisions.col.kind'), kind ? pick(kind.label) : decision.kind],
          [t('decisions.col.at'), <FullTime key="at" at={decision.at} />],
          [
            t('decisions.col.orderNo'),
            orderId === null ? (
              decision.orderNo
            ) : (
              <button key="no" type="button" className="hf-link hf-num" onClick={() => openOrder(orderId)}>
                {decision.orderNo}
              </button>
            ),
          ],
        ]}
      />
      <Section title={t('decisions.path')}>
        {version.error ? <ProblemNotice error={version.error} /> : null}
        <DecisionPath model={version.data?.model} path={decision.decision.path} />
      </Section>
      <Section title={t('decisions.values')}>
        {values.length > 0 || decision.decision.actions.length === 0 ? (
          <Values values={values} none={t('decisions.noValues')} />
        ) : null}
        {decision.decision.actions.length > 0 ? <Done decision={decision} kind={kind} /> : null}
      </Section>
      <Section title={t('decisions.input')}>
        <Values values={inputValues(decision.input, kind, wording)} none={t('common.none')} />
        {decision.input.lines.length > 0 ? <Lines decision={decision} kind={kind} /> : null}
      </Section>
      {Object.keys(decision.result).length > 0 ? (
        <details>
          <summary>{t('decisions.result')}</summary>
          <pre className="hf-model-text">{JSON.stringify(decision.result, null, 2)}</pre>
        </details>
      ) : null}
    </div>
  )
}

function Values({ values, none }: { readonly values: readonly NamedValue[]; readonly none: string }) {
  if (values.length === 0) return <p className="hf-faint">{none}</p>
  return (
    <dl className="hf-values">
      {values.map((one) => (
        <div key={one.name}>
          <dt title={one.name}>{one.label}</dt>
          <dd className="hf-num">{one.text}</dd>
        </div>
      ))}
    </dl>
  )
}

function Done({
  decision,
  kind,
}: {
  readonly decision: DecisionDetail
  readonly kind: RuleKind | undefined
}) {
  const wording = useWording()
  const { pick, t } = wording
  return (
    <ul className="hf-intents" aria-label={t('decisions.actions')}>
      {decision.decision.actions.map((done) => {
        const action = kind?.actions.find((one) => one.name === done.action)
        const params = (action?.params ?? []).flatMap((one) =>
          one.type === 'lines' ? [] : [{ ...one, type: one.type }],
        )
        const words = namedValues(done.params, params, decision.input.currency, wording)
        return (
          <li key={done.node}>
            <b>{action ? pick(action.label) : done.action}</b>{' '}
            <span className="hf-faint">
              {words.map((one) => `${lineLabel(one, action, pick)} ${one.text}`).join('，')}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

/** A `lines` parameter is the ids of lines, under the parameter's own label. */
function lineLabel(
  one: NamedValue,
  action: RuleKind['actions'][number] | undefined,
  pick: ReturnType<typeof useWording>['pick'],
): string {
  const param = action?.params.find((known) => known.name === one.name)
  return param ? pick(param.label) : one.label
}

function Lines({
  decision,
  kind,
}: {
  readonly decision: DecisionDetail
  readonly kind: RuleKind | undefined
}) {
  const wording = useWording()
  const { t } = wording
  return (
    <ul className="hf-intents hf-lines" aria-label={t('decisions.lines')}>
      {decision.input.lines.map((line) => (
        <li key={line.id}>
          <code>{line.id}</code>{' '}
          <span className="hf-faint">
            {namedValues(line.values, kind?.lineVariables ?? [], decision.input.currency, wording)
              .map((one) => `${one.label} ${one.text}`)
              .join('，')}
          </span>
        </li>
      ))}
    </ul>
  )
}
