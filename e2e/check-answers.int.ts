import { checkAnswers } from '../services/gateway/src/testing/check-answers.ts';

// Stand-ins for services refuse with codes of their own choice.
checkAnswers({ codesToo: false });
