import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Checkbox, Input, Modal, Upload } from 'antd'
import { useEffect, useState } from 'react'
import { get, write } from '#/api/client.ts'
import type { DrillScenario, ScenarioProblem } from '#/api/drill-types.ts'
import { problemOf } from '#/api/problem.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'

const BYTES_MOST = 65_536

/** A scenario of one's own: pasted or chosen, checked line by line, kept. */
export function OwnScenarioDialog({
  id,
  onClose,
}: {
  readonly id: string | null
  readonly onClose: () => void
}) {
  const { t, pick } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [text, setText] = useState('')
  const [replace, setReplace] = useState(id !== null)
  const source = useQuery({
    queryKey: ['drills', 'source', id],
    queryFn: ({ signal }) => get<{ text: string }>(`/api/drills/scenarios/${id}/source`, {}, signal),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  const given = source.data?.text
  useEffect(() => {
    if (given !== undefined) setText(given)
  }, [given])
  const check = useMutation({
    mutationFn: () => write<DrillScenario>('POST', '/api/drills/scenarios/check', { text }),
  })
  const save = useMutation({
    mutationFn: () => write<DrillScenario>('POST', '/api/drills/scenarios', { text, replace }),
    onSuccess: () => {
      void message.success(t('drills.own.saved'))
      void client.invalidateQueries({ queryKey: ['drills'] })
      onClose()
    },
  })
  const change = (next: string): void => {
    setText(next)
    check.reset()
    save.reset()
  }
  const refused = save.error ?? check.error ?? source.error
  return (
    <Modal
      open
      width={760}
      title={id === null ? t('drills.own.title') : t('drills.own.edit', { id })}
      onCancel={onClose}
      footer={[
        <Button key="check" disabled={text === ''} loading={check.isPending} onClick={() => check.mutate()}>
          {t('drills.own.check')}
        </Button>,
        <Button
          key="save"
          type="primary"
          disabled={text === ''}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t('drills.own.save')}
        </Button>,
      ]}
    >
      <p className="hf-faint">{t('drills.own.hint')}</p>
      <FilePicker onText={change} />
      <Input.TextArea
        className="hf-drill-yaml"
        rows={16}
        spellCheck={false}
        value={text}
        aria-label="YAML"
        placeholder={t('drills.own.placeholder')}
        onChange={(event) => change(event.target.value)}
      />
      <Checkbox checked={replace} onChange={(event) => setReplace(event.target.checked)}>
        {t('drills.own.replace')}
      </Checkbox>
      {check.data && !refused ? (
        <Alert
          type="success"
          showIcon
          className="hf-drill-checked"
          title={t('drills.own.good', {
            title: pick(check.data.title),
            minutes: check.data.minutes,
            hints: check.data.hints,
          })}
        />
      ) : null}
      {refused ? <Refusal error={refused} text={text} /> : null}
    </Modal>
  )
}

function FilePicker({ onText }: { readonly onText: (text: string) => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  return (
    <Upload
      accept=".yaml,.yml"
      showUploadList={false}
      beforeUpload={(file) => {
        if (file.size > BYTES_MOST) void message.error(t('drills.own.tooLarge'))
        else void file.text().then(onText)
        return false
      }}
    >
      <Button className="hf-drill-file">{t('drills.own.file')}</Button>
    </Upload>
  )
}

/** What is wrong, by line, with the line itself; or the refusal as it stands. */
function Refusal({ error, text }: { readonly error: unknown; readonly text: string }) {
  const { t, pick } = useWording()
  const { data } = problemOf(error)
  const problems = (data as { problems?: readonly ScenarioProblem[] } | undefined)?.problems
  if (problems === undefined) return <ProblemNotice error={error} />
  const lines = text.split('\n')
  return (
    <Alert
      type="error"
      showIcon
      className="hf-drill-checked"
      title={t('drills.own.problems', { n: problems.length })}
      description={
        <ol className="hf-drill-problems">
          {problems.map((one) => (
            <li key={`${one.line} ${one.words}`}>
              <b className="hf-num">{t('drills.own.line', { n: one.line })}</b>
              <span>{pick({ zh: one.zh ?? one.words, en: one.words })}</span>
              <code>{lines[one.line - 1]?.trim() ?? ''}</code>
            </li>
          ))}
        </ol>
      }
    />
  )
}
