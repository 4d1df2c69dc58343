import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Modal, Segmented } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { CurrentDrill, Drill, DrillScenario } from '#/api/drill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { speedsUpTo } from './clock.ts'
import { currentQuery } from './queries.ts'

const USUAL_SPEED = 20
/** For a story of many hours. */
const LONG_SPEED = 60
const LONG_MINUTES = 500
/** As the hub has it; told again, with the real figures, by every running drill. */
const COSTS = { hint: 5, wrong: 10 }

/** The story, and how fast its clock shall run. */
export function StartDialog({
  scenario,
  onClose,
}: {
  readonly scenario: DrillScenario
  readonly onClose: () => void
}) {
  const { t, pick, duration } = useWording()
  const client = useQueryClient()
  const usual = scenario.minutes >= LONG_MINUTES ? LONG_SPEED : USUAL_SPEED
  const [speed, setSpeed] = useState<number>(Math.min(usual, scenario.speedMost))
  const start = useMutation({
    mutationFn: () => write<Drill>('POST', '/api/drills/runs', { scenario: scenario.id, speed }),
    onSuccess: (drill) => {
      client.setQueryData<CurrentDrill>(currentQuery.queryKey, (old) => ({
        drill,
        others: old?.others ?? [],
      }))
      onClose()
    },
  })
  return (
    <Modal
      open
      title={`${t('drills.startTitle')} · ${pick(scenario.title)}`}
      okText={t('drills.start')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: start.isPending }}
      onOk={() => start.mutate()}
      onCancel={onClose}
    >
      <p className="hf-drill-story">{pick(scenario.story)}</p>
      <h4 className="hf-drill-label" id="drill-speed">
        {t('drills.speed')}
      </h4>
      <Segmented<number>
        aria-labelledby="drill-speed"
        value={speed}
        onChange={setSpeed}
        options={speedsUpTo(scenario.speedMost).map((one) => ({ value: one, label: `${one}×` }))}
      />
      <p className="hf-faint hf-drill-note">
        {t('drills.speedReal', {
          story: duration(scenario.minutes * 60),
          real: duration((scenario.minutes * 60) / speed),
        })}
      </p>
      <p className="hf-faint">{t('drills.startHint', COSTS)}</p>
      {start.error ? (
        <div className="hf-drill-checked">
          <ProblemNotice error={start.error} />
        </div>
      ) : null}
    </Modal>
  )
}
