import { Alert, App, Button, Space } from 'antd'
import { type Problem, problemOf, UNREACHABLE } from '#/api/problem.ts'
import type { Language, TextKey } from '#/i18n/dictionary.ts'
import { reasonWords } from '#/i18n/hub-reasons.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { PARKED_EN, REFUSALS_ZH } from '#/i18n/texts/refusals.ts'

const ADVICE: Readonly<Record<number, TextKey>> = {
  401: 'problem.todo.401',
  403: 'problem.todo.403',
  404: 'problem.todo.404',
  409: 'problem.todo.409',
  429: 'problem.todo.429',
  500: 'problem.todo.500',
  502: 'problem.todo.503',
  503: 'problem.todo.503',
}

/** What a refusal means in the reader's language, where the console knows it; the hub itself speaks English. */
function lineOf(code: string, language: Language): string | undefined {
  return language === 'zh' ? REFUSALS_ZH[code] : undefined
}

/** The word for why a message waits, where there is no room for its detail. */
export function useParkWord(): (code: string) => string | undefined {
  const { language } = useWording()
  return (code) => (language === 'zh' ? REFUSALS_ZH[code] : PARKED_EN[code])
}

function sentence(problem: Problem, { t, language }: Wording): string {
  if (problem.code === UNREACHABLE) return t('problem.unreachable')
  return lineOf(problem.code, language) ?? (problem.detail || problem.title)
}

/** A refusal beside a row or an intent, in one line: the reader's language first, then the hub's own detail. */
export function useRefusalText(): (code: string, detail: string | null) => string {
  const wording = useWording()
  return (code, detail) => {
    const line = lineOf(code, wording.language)
    const words = detail ? reasonWords(detail, wording) : ''
    if (line === undefined) return words || code
    return words ? `${line}（${words}）` : line
  }
}

function ProblemBody({ problem }: { readonly problem: Problem }) {
  const { t, language } = useWording()
  const line = lineOf(problem.code, language)
  // A wrong password is a 401 too, and says itself what to do.
  const todo = problem.code === 'identity.wrong_credentials' ? undefined : ADVICE[problem.status]
  return (
    <div>
      {line !== undefined && problem.detail ? <div className="hf-faint">{problem.detail}</div> : null}
      {todo && line === undefined ? <div>{t(todo)}</div> : null}
      <div className="hf-faint">
        {t('problem.code')} <code>{problem.code}</code>
        {problem.type.startsWith('/') ? (
          <>
            {' · '}
            <a href={problem.type} target="_blank" rel="noreferrer" className="hf-docs-link">
              {t('problem.docs')}
            </a>
          </>
        ) : null}
      </div>
    </div>
  )
}

/** An error in its place: what happened, what to do, the stable code, and a way to try again. */
export function ProblemNotice({
  error,
  onRetry,
}: {
  readonly error: unknown
  readonly onRetry?: () => void
}) {
  const wording = useWording()
  const { t } = wording
  const problem = problemOf(error)
  return (
    <Alert
      type="error"
      showIcon
      className="hf-problem"
      title={sentence(problem, wording)}
      description={<ProblemBody problem={problem} />}
      action={
        onRetry ? (
          <Space>
            <Button onClick={onRetry}>{t('common.retry')}</Button>
          </Space>
        ) : null
      }
    />
  )
}

/** For failed actions: `const fail = useProblemToast()` and `onError: fail`. */
export function useProblemToast(): (error: unknown) => void {
  const wording = useWording()
  const { notification } = App.useApp()
  return (error) => {
    const problem = problemOf(error)
    notification.error({
      title: sentence(problem, wording),
      description: <ProblemBody problem={problem} />,
      duration: 8,
      role: 'alert',
    })
  }
}
