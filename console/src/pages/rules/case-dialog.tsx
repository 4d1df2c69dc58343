import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer, Form, Input, Segmented, Space } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { RuleDecisionJson, RuleInputJson } from '#/api/rule-model-types.ts'
import type { CaseExpected, RuleCase, RuleKind, RuleSet, VersionBrief } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { ExpectedText } from './cases-tab.tsx'
import { expectedOf } from './draft-editor.tsx'
import { InputFields, type InputTexts, inputFromTexts, textsFromInput } from './input-fields.tsx'
import { useRefreshSet } from './rule-queries.ts'

type Way = 'form' | 'order' | 'json'

/** A case by form, from an order that exists, or as JSON. What is expected is what the version says now, once a person agreed. */
export function CaseDialog({
  set,
  kind,
  row,
  version,
  onClose,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly row: RuleCase | null
  readonly version: VersionBrief | null
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refresh = useRefreshSet(set.id)
  const client = useQueryClient()
  const [way, setWay] = useState<Way>('form')
  const [name, setName] = useState(row?.name ?? '')
  const [orderNo, setOrderNo] = useState('')
  const [input, setInput] = useState<RuleInputJson>(row?.input ?? { currency: 'CNY', values: {}, lines: [] })
  const [texts, setTexts] = useState<InputTexts>(() => textsFromInput(input, kind.variables))
  const [expected, setExpected] = useState<CaseExpected | null>(row?.expected ?? null)
  const [json, setJson] = useState('')
  const read = () => inputFromTexts(texts, kind.variables, input)
  const work = useMutation({
    mutationFn: async () => {
      const decided = await write<{ decision: RuleDecisionJson }>('POST', `${RULES}/try`, {
        kind: kind.kind,
        versionId: version?.id,
        input: read().input,
      })
      return expectedOf(decided.decision)
    },
    onError: fail,
    onSuccess: setExpected,
  })
  const save = useMutation({
    mutationFn: async () => {
      const body =
        way === 'order'
          ? { orderNo: orderNo.trim(), ...(name.trim() ? { name: name.trim() } : {}) }
          : way === 'json'
            ? { name: name.trim(), ...(JSON.parse(json) as object) }
            : { name: name.trim(), input: read().input, expected }
      if (row) return await write('PUT', `${RULES}/cases/${row.id}`, body)
      return await write('POST', `${RULES}/sets/${set.id}/cases`, body)
    },
    onError: fail,
    onSuccess: () => {
      void message.success(t(row ? 'common.saved' : 'rules.case.added'))
      refresh()
      void client.invalidateQueries({ queryKey: ['rule-case-results'] })
      onClose()
    },
  })
  // What was worked out for other inputs is not expected of these.
  const retype = (next: InputTexts) => {
    setTexts(next)
    setExpected(null)
  }
  const faults = way === 'form' ? read().faults : []
  const jsonFault = way === 'json' && !isJson(json)
  const ready =
    way === 'order'
      ? orderNo.trim() !== ''
      : name.trim() !== '' && (way === 'json' ? !jsonFault : expected !== null && faults.length === 0)
  const choose = (next: Way) => {
    if (next === 'json')
      setJson(JSON.stringify({ input: read().input, expected: expected ?? { outcome: 'decided' } }, null, 2))
    if (way === 'json' && next === 'form' && isJson(json)) {
      const parsed = JSON.parse(json) as { input: RuleInputJson; expected: CaseExpected }
      setInput(parsed.input)
      setTexts(textsFromInput(parsed.input, kind.variables))
      setExpected(parsed.expected)
    }
    setWay(next)
  }
  const ways: readonly Way[] = row ? ['form', 'json'] : ['form', 'order', 'json']
  return (
    <Drawer
      open
      size={760}
      className="hf-drawer"
      title={t(row ? 'rules.case.edit' : 'rules.case.add')}
      onClose={onClose}
      extra={
        <Button type="primary" disabled={!ready} loading={save.isPending} onClick={() => save.mutate()}>
          {t('common.save')}
        </Button>
      }
    >
      <Form layout="vertical">
        <Form.Item label={t('common.name')}>
          <Input
            value={name}
            maxLength={200}
            aria-label={t('common.name')}
            placeholder={t('rules.case.nameHint')}
            onChange={(event) => setName(event.target.value)}
          />
        </Form.Item>
        <Form.Item>
          <Segmented
            aria-label={t('rules.case.way')}
            value={way}
            onChange={choose}
            options={ways.map((value) => ({ value, label: t(`rules.case.way.${value}`) }))}
          />
        </Form.Item>
        {way === 'form' ? (
          <InputFields variables={kind.variables} texts={texts} faults={faults} onChange={retype} />
        ) : null}
        {way === 'order' ? (
          <Form.Item label={t('decisions.col.orderNo')} extra={t('rules.case.orderHint')}>
            <Input
              value={orderNo}
              aria-label={t('decisions.col.orderNo')}
              onChange={(event) => setOrderNo(event.target.value)}
            />
          </Form.Item>
        ) : null}
        {way === 'json' ? (
          <Form.Item
            {...(jsonFault ? { validateStatus: 'error' as const, help: t('rules.case.badJson') } : {})}
          >
            <Input.TextArea
              rows={20}
              value={json}
              spellCheck={false}
              aria-label="JSON"
              onChange={(event) => setJson(event.target.value)}
            />
          </Form.Item>
        ) : null}
      </Form>
      {way === 'form' ? (
        <Space align="center" wrap>
          <Button
            loading={work.isPending}
            disabled={!version || faults.length > 0}
            onClick={() => work.mutate()}
          >
            {t('rules.case.work', { n: version?.number ?? 0 })}
          </Button>
          {expected ? (
            <span>
              {t('rules.case.expects')}：
              <ExpectedText expected={expected} kind={kind} currency={input.currency} />
            </span>
          ) : (
            <span className="hf-faint">{t('rules.case.workHint')}</span>
          )}
        </Space>
      ) : null}
    </Drawer>
  )
}

function isJson(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && 'input' in parsed && 'expected' in parsed
  } catch {
    return false
  }
}
