import { PlayCircleOutlined } from '@ant-design/icons'
import { Button, Collapse, Input } from 'antd'
import { useEffect, useMemo, useRef, useState } from 'react'
import { write } from '#/api/client.ts'
import type { RuleInputJson, RuleKindWords, RuleModel, RuleTried } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { TryInputs, TryLines } from './try-inputs.tsx'
import { TryResult } from './try-result.tsx'
import { namesUsed } from './values.ts'

const WAIT_MS = 450

type TryProps = {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly input: RuleInputJson
  readonly onInput: (input: RuleInputJson) => void
  readonly tried: RuleTried | null
  readonly onTried: (tried: RuleTried | null) => void
  readonly onGo: (node: string) => void
  readonly onAddCase: ((name: string, input: RuleInputJson) => void) | undefined
}

/** Put something in, see which way it goes: by hand, from an order, or from what the check found. */
export function TryPanel(props: TryProps) {
  const { kind, model, input, onInput, tried, onTried } = props
  const { t, pick } = useWording()
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const used = useMemo(() => namesUsed(model), [model])
  const run = useRun(props, setError, setBusy)
  // After the first answer each change is answered by itself.
  const first = useRef(true)
  const again = useRef(run)
  again.current = run
  const live = tried !== null || error !== null
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when what is tried changes, and only then
  useEffect(() => {
    if (first.current) {
      first.current = false
      return
    }
    if (!live) return
    const timer = window.setTimeout(() => again.current({ input }), WAIT_MS)
    return () => window.clearTimeout(timer)
  }, [input, model])
  const asked = kind.variables.filter(({ name }) => used.has(name))
  const linesAsked = kind.lineVariables.length > 0 && asksLines(kind, model)
  const others = kind.variables.filter(({ name }) => !used.has(name))
  return (
    <div className="hf-rule-form">
      <FromOrder busy={busy} onLoad={(orderNo) => run({ orderNo })} />
      <TryInputs variables={asked.length > 0 ? asked : kind.variables} {...{ input, onInput }} />
      {linesAsked ? <TryLines {...{ kind, input, onInput }} /> : null}
      <div className="hf-rule-actions">
        <Button type="primary" icon={<PlayCircleOutlined />} loading={busy} onClick={() => run({ input })}>
          {t('canvas.try.run')}
        </Button>
        {tried ? <Button onClick={() => onTried(null)}>{t('canvas.try.clearAll')}</Button> : null}
        {tried && props.onAddCase ? (
          <Button onClick={() => props.onAddCase?.(pick(tried.words), tried.input)}>
            {t('canvas.try.saveCase')}
          </Button>
        ) : null}
      </div>
      {error ? <ProblemNotice error={error} /> : null}
      {tried ? <TryResult {...{ kind, model, tried }} onGo={props.onGo} /> : null}
      {asked.length > 0 && others.length > 0 ? (
        <Collapse
          ghost
          items={[
            {
              key: 'others',
              label: t('canvas.try.more'),
              children: (
                <div className="hf-rule-form">
                  <TryInputs variables={others} {...{ input, onInput }} />
                  {linesAsked ? null : <TryLines {...{ kind, input, onInput }} />}
                </div>
              ),
            },
          ]}
        />
      ) : null}
    </div>
  )
}

/** Some action is about lines: what they are makes a difference. */
function asksLines(kind: RuleKindWords, model: RuleModel): boolean {
  const about = new Set(
    kind.actions.filter(({ params }) => params.some(({ type }) => type === 'lines')).map(({ name }) => name),
  )
  return model.nodes.some((node) => node.type === 'action' && about.has(node.action))
}

function useRun(
  { kind, model, onInput, onTried }: TryProps,
  setError: (error: unknown) => void,
  setBusy: (busy: boolean) => void,
) {
  const latest = useRef(0)
  return (what: { readonly input: RuleInputJson } | { readonly orderNo: string }) => {
    latest.current += 1
    const mine = latest.current
    setBusy(true)
    write<RuleTried>('POST', '/api/rules/try', { kind: kind.kind, model, ...what }).then(
      (answer) => {
        if (mine !== latest.current) return
        setBusy(false)
        setError(null)
        onTried(answer)
        if ('orderNo' in what) onInput(answer.input)
      },
      (error: unknown) => {
        if (mine !== latest.current) return
        setBusy(false)
        setError(error)
        onTried(null)
      },
    )
  }
}

function FromOrder({ busy, onLoad }: { readonly busy: boolean; readonly onLoad: (orderNo: string) => void }) {
  const { t } = useWording()
  return (
    <Input.Search
      aria-label={t('canvas.try.orderNo')}
      placeholder={t('canvas.try.byOrder')}
      enterButton={t('canvas.try.load')}
      loading={busy}
      maxLength={80}
      onSearch={(text) => {
        if (text.trim() !== '') onLoad(text.trim())
      }}
    />
  )
}
