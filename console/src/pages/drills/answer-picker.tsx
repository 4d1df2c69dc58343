import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Radio } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { Drill } from '#/api/drill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { keepLook } from './live-panel.tsx'

/** "What is it?": causes to choose from; those that were wrong stay marked. */
export function AnswerPicker({ drill }: { readonly drill: Drill }) {
  const { t, pick } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [chosen, setChosen] = useState<string | null>(null)
  const answer = useMutation({
    mutationFn: (cause: string) =>
      write<{ right: boolean; drill: Drill }>('POST', `/api/drills/runs/${drill.id}/answer`, { cause }),
    onError: fail,
    onSuccess: ({ right, drill: seen }) => {
      keepLook(client, seen)
      setChosen(null)
      if (right) void message.success(t('drills.right'))
      else void message.warning(t('drills.wrong'))
    },
  })
  const said = new Map(drill.answers.map((one) => [one.cause, one.right]))
  const isFound = drill.answers.some((one) => one.right)
  return (
    <Section title={t('drills.what')}>
      {isFound ? null : <p className="hf-faint">{t('drills.whatHint', { cost: drill.wrongAnswerCost })}</p>}
      <Radio.Group
        className="hf-drill-causes"
        value={isFound ? drill.answers.find((one) => one.right)?.cause : chosen}
        disabled={isFound || answer.isPending}
        onChange={(event) => setChosen(String(event.target.value))}
      >
        {drill.causes.map((cause) => (
          <Radio key={cause.id} value={cause.id} disabled={said.get(cause.id) === false}>
            <span className={said.get(cause.id) === false ? 'hf-drill-struck' : ''}>{pick(cause.words)}</span>
            {said.get(cause.id) === true ? (
              <CheckCircleFilled className="hf-text-good" aria-label={t('drills.right')} />
            ) : null}
            {said.get(cause.id) === false ? (
              <CloseCircleFilled className="hf-text-bad" aria-label={t('drills.wrong')} />
            ) : null}
          </Radio>
        ))}
      </Radio.Group>
      {isFound ? null : (
        <Button
          type="primary"
          disabled={chosen === null}
          loading={answer.isPending}
          onClick={() => chosen !== null && answer.mutate(chosen)}
        >
          {t('drills.confirm')}
        </Button>
      )}
    </Section>
  )
}
