import { describe, expect, test } from 'vitest'
import { exampleQuestion, exampleRecord } from '../../test/helpers/examples.ts'
import { answered, expired, isOverdue, isSame, isUnanswered, isUntold, newQuestion, questionFor, questionSchema } from './question.ts'

const AT = new Date('2026-11-20T10:00:00.000Z')
const LATE = new Date('2026-11-20T11:00:00.000Z')
const given = (text: string) => ({ text, by: 'anna' })

test('a question that was just put is open and has an id of its own', () => {
  const { id, asked, state, answer, printed, ...asking } = exampleQuestion()
  expect(newQuestion(asking, AT, () => 0.5)).toEqual({
    ...asking,
    id: 'qi0000000',
    asked: AT.toISOString(),
    state: 'open',
    answer: null,
    printed: false,
  })
  expect(newQuestion(asking, AT).id).not.toBe(newQuestion(asking, AT).id)
  expect(questionSchema.parse(newQuestion(asking, AT))).toMatchObject(asking)
})

describe('an answer', () => {
  test('is taken as it was offered, whatever its case', () => {
    expect(answered(exampleQuestion(), given(' MySQL '), AT)).toEqual(
      exampleQuestion({ state: 'answered', answer: { text: 'mysql', by: 'anna', at: AT.toISOString() } }),
    )
  })

  test('may be any text where nothing is offered', () => {
    expect(answered(exampleQuestion({ options: [] }), given('The blue one.\n'), AT).answer?.text).toBe('The blue one.')
  })

  test.each([
    ['oracle', 'bad_answer', '"oracle" is none of the options.'],
    [' \n', 'bad_answer', 'An answer cannot be empty.'],
    ['x'.repeat(4_001), 'bad_answer', 'An answer has at most 4000 characters.'],
  ])('%.6s does not count', (text, code, message) => {
    expect(() => answered(exampleQuestion(), given(text), AT)).toThrow(expect.objectContaining({ code, message }))
  })

  test('counts only if it is the first, and names who was', () => {
    const first = answered(exampleQuestion(), given('mysql'), AT)
    const message = `"Which database?" was answered by anna at ${AT.toISOString()}: mysql`
    expect(() => answered(first, { text: 'postgres', by: 'ben' }, AT)).toThrow(
      expect.objectContaining({ code: 'already_answered', message }),
    )
  })

  test.each([
    ['whose deadline nobody has noted yet', exampleQuestion(), '; "postgres" was taken'],
    ['that has expired', expired(exampleQuestion(), LATE), '; "postgres" was taken'],
    ['without a default', expired(exampleQuestion({ default: null }), LATE), ''],
  ])('comes too late for a question %s', (_, question, taken) => {
    const message = `"Which database?" could be answered until 2026-11-20T11:00:00.000Z${taken}.`
    expect(() => answered(question, given('mysql'), LATE)).toThrow(expect.objectContaining({ code: 'answered_too_late', message }))
  })
})

test('at its deadline a question has its default as the answer, or remains without one', () => {
  expect([
    isOverdue(exampleQuestion(), AT),
    isOverdue(exampleQuestion(), LATE),
    isOverdue(exampleQuestion({ deadline: null }), LATE),
  ]).toEqual([false, true, false])
  const taken = expired(exampleQuestion(), LATE)
  expect(taken).toMatchObject({ state: 'expired', answer: { text: 'postgres', by: 'deadline' } })
  expect([isUnanswered(taken), isUnanswered(expired(exampleQuestion({ default: null }), LATE))]).toEqual([false, true])
})

test('an answer is told once: it was printed, or a later attempt that got through to the model began with it', () => {
  const [attempt] = exampleRecord().attempts
  if (!attempt) throw new Error('the example has attempts')
  const question = answered(exampleQuestion(), given('mysql'), AT)
  const told = (attempts: readonly Partial<typeof attempt>[]) =>
    !isUntold(
      question,
      attempts.map((one) => ({ ...attempt, ...one })),
    )
  expect(isUntold(exampleQuestion(), [])).toBe(false)
  expect(isUntold({ ...question, printed: true }, [])).toBe(false)
  expect(told([{ attempt: 1, outcome: 'parked', turns: 2 }])).toBe(false)
  expect(told([{ attempt: 1 }, { attempt: 2, outcome: 'interrupted', turns: null }])).toBe(false)
  expect(told([{ attempt: 1 }, { attempt: 2, outcome: 'usage_limit', turns: 1, model_turns: 0 }])).toBe(false)
  expect(told([{ attempt: 1 }, { attempt: 2, outcome: 'agent_crashed', turns: 1 }])).toBe(true)
})

test('the same question is one with the same words and options', () => {
  expect(isSame(exampleQuestion(), { text: 'Which database?', options: ['postgres', 'mysql'] })).toBe(true)
  expect(isSame(exampleQuestion(), { text: 'Which database?', options: [] })).toBe(false)
})

describe('which question is meant', () => {
  const one = exampleQuestion()
  const two = exampleQuestion({ id: 'q2', text: 'When?' })
  const old = answered(exampleQuestion({ id: 'q0' }), given('mysql'), AT)

  test('is clear where one is open, or one is named', () => {
    expect(questionFor([old, two], 'fix', undefined)).toBe(two)
    expect(questionFor([old, one, two], 'fix', 'q1')).toBe(one)
    expect(questionFor([old], 'fix', undefined), 'to be told that it was answered').toBe(old)
  })

  test.each([
    [[one, two], undefined, 'which_question', 'fix asks 2 questions: q1 "Which database?", q2 "When?".'],
    [[one], 'q9', 'no_such_question', 'fix does not ask "q9".'],
    [[], undefined, 'no_such_question', 'fix asks nothing.'],
  ] as const)('has to be said', (questions, id, code, message) => {
    expect(() => questionFor(questions, 'fix', id)).toThrow(expect.objectContaining({ code, message }))
  })
})
