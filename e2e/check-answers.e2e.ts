import { checkAnswers } from '../services/gateway/src/testing/check-answers.ts';

checkAnswers({ codesToo: true });
